"""SignalWire LaML (Compatibility API): recordings as media and as metadata."""

from dictabelt.dialects.laml import wire
from dictabelt.dialects.laml.routes import ENDPOINTS, credentials, refuse
from dictabelt.http.dialect import Dialect
from dictabelt.http.documents import document

DIALECT = Dialect(
    name="laml",
    title="SignalWire LaML",
    prefixes=wire.PREFIXES,
    endpoints=ENDPOINTS,
    credentials=credentials,
    error=refuse,
    spell=wire.spell,
    visit=wire.visit,
    document=document(__name__),
    tables={
        "state": wire.STATUS,
        "origin of a call's recording": wire.SOURCE,
        "origin of a conference's recording": wire.CONFERENCE_SOURCE,
        "trim": wire.TRIM,
    },
)
