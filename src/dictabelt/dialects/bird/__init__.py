"""Bird: recording metadata with a presigned URL, and a redirect to the MP3."""

from dictabelt.dialects.bird import wire
from dictabelt.dialects.bird.routes import ENDPOINTS, credentials, refuse
from dictabelt.http.dialect import Dialect
from dictabelt.http.documents import document
from dictabelt.http.layout import LinkLayout

DIALECT = Dialect(
    name="bird",
    title="Bird",
    prefixes=("/workspaces",),
    endpoints=ENDPOINTS,
    credentials=credentials,
    error=refuse,
    spell=wire.spell,
    visit=wire.visit,
    document=document(__name__),
    tables={
        "state": wire.STATUS,
        "origin": wire.ORIGIN,
        "source": wire.SOURCE,
        "direction": wire.DIRECTION,
        "leg": wire.NUMBER_TYPE,
    },
    layout=LinkLayout(
        spell=wire.link_path,
        read=wire.link_target,
        query=(("x-id", "GetObject"),),
        session_token=True,
    ),
)
