"""The vault's own API: everything it can do, and the reference for the others."""

from dictabelt.dialects.native import (
    account,
    analyses,
    events,
    links,
    media,
    recordings,
    transcriptions,
    webhooks,
    wire,
)
from dictabelt.dialects.native.letters import CORRESPONDENT
from dictabelt.dialects.native.refusing import credentials, refuse
from dictabelt.http.dialect import Dialect
from dictabelt.http.documents import document

DIALECT = Dialect(
    name="native",
    title="Dictabelt",
    prefixes=(wire.PREFIX,),
    endpoints=(
        *recordings.ENDPOINTS,
        *media.ENDPOINTS,
        *analyses.ENDPOINTS,
        *links.ENDPOINTS,
        *transcriptions.ENDPOINTS,
        *account.ENDPOINTS,
        *webhooks.ENDPOINTS,
        *events.ENDPOINTS,
    ),
    credentials=credentials,
    error=refuse,
    spell=wire.spell,
    visit=wire.visit,
    document=document(__name__),
    tables={"state": wire.STATE},
    correspondent=CORRESPONDENT,
    tells={"Dictabelt": wire.recording},
)
