"""Bota: a presigned download URL for each media."""

from dictabelt.dialects.bota import wire
from dictabelt.dialects.bota.routes import ENDPOINTS, credentials, refuse
from dictabelt.http.dialect import Dialect
from dictabelt.http.documents import document
from dictabelt.http.layout import LinkLayout

DIALECT = Dialect(
    name="bota",
    title="Bota",
    prefixes=("/v1/recordings",),
    endpoints=ENDPOINTS,
    credentials=credentials,
    error=refuse,
    spell=wire.spell,
    visit=wire.visit,
    document=document(__name__),
    layout=LinkLayout(spell=wire.link_path, read=wire.link_target),
)
