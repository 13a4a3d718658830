"""Bota: a presigned download URL for each media."""

from dictabelt.dialects.bota import devices, webhooks, wire
from dictabelt.dialects.bota.events import CORRESPONDENT
from dictabelt.dialects.bota.limits import METERING
from dictabelt.dialects.bota.recordings import STATUS, recording
from dictabelt.dialects.bota.routes import ENDPOINTS, credentials, refuse
from dictabelt.http.dialect import Dialect
from dictabelt.http.documents import document
from dictabelt.http.layout import LinkLayout

DIALECT = Dialect(
    name="bota",
    title="Bota",
    prefixes=("/v1/recordings", webhooks.PLAIN.path, webhooks.FULL.path, devices.BASE),
    endpoints=(*ENDPOINTS, *webhooks.ENDPOINTS, *devices.ENDPOINTS),
    credentials=credentials,
    error=refuse,
    spell=wire.spell,
    visit=wire.visit,
    document=document(__name__),
    tables={"state": STATUS},
    layout=LinkLayout(spell=wire.link_path, read=wire.link_target),
    correspondent=CORRESPONDENT,
    metering=METERING,
    tells={"Bota": recording},
)
