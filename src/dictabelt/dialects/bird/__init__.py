"""Bird: recordings with presigned URLs, those of live calls, transcriptions, webhooks."""

from dictabelt.dialects.bird import (
    call_routes,
    routes,
    subscription_routes,
    transcription_routes,
    transcripts,
    wire,
)
from dictabelt.dialects.bird.letters import correspondent
from dictabelt.dialects.bird.workspace import credentials, refuse
from dictabelt.http.dialect import Dialect
from dictabelt.http.documents import document
from dictabelt.http.layout import LinkLayout

DIALECT = Dialect(
    name="bird",
    title="Bird",
    prefixes=("/workspaces", "/organizations"),
    endpoints=(
        *routes.ENDPOINTS,
        *call_routes.ENDPOINTS,
        *transcription_routes.ENDPOINTS,
        *subscription_routes.ENDPOINTS,
    ),
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
        "transcription": transcripts.STATUS,
    },
    layout=LinkLayout(
        spell=wire.link_path,
        read=wire.link_target,
        query=(("x-id", "GetObject"),),
        session_token=True,
    ),
    correspondent=correspondent(routes.TERMS),
    tells={"Bird": lambda it: wire.recording(it, None)},
)
