"""Links: made, listed, taken back."""

from datetime import timedelta

from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.access import require
from dictabelt.core.errors import NotFound
from dictabelt.core.ids import LinkId, MediaId, read_uuid
from dictabelt.core.links import LONGEST
from dictabelt.core.media import Form
from dictabelt.core.nouns import Scope, Terms
from dictabelt.core.share import Share
from dictabelt.dialects.native import asking, wire
from dictabelt.dialects.native.media import FORMS
from dictabelt.dialects.native.recordings import ONE
from dictabelt.dialects.native.refusing import TERMS
from dictabelt.http import reading
from dictabelt.http.answers import json
from dictabelt.http.dialect import Endpoint, Exchange

_HOUR = timedelta(hours=1)


def link(it: Share) -> dict[str, object]:
    """A link without its URL, which is shown once."""
    return {
        "id": str(it.id),
        "recording_id": str(it.recording),
        "media_id": str(it.media),
        "form": it.form.value,
        "note": it.note,
        "created_at": wire.instant(it.created_at),
        "expires_at": wire.instant(it.expires_at),
        "revoked_at": wire.instant(it.revoked_at),
    }


async def url(exchange: Exchange) -> ASGIApp:
    """A signed URL that is not kept: it cannot be taken back before it expires."""
    id = wire.recording_id(exchange.path["id"])
    linked = await exchange.vault.links.to_recording(exchange.who, id, TERMS)
    assert linked.link is not None
    body = {
        "recording_id": str(linked.recording.id),
        "url": exchange.signed(linked.link),
        "expires_at": wire.instant(linked.link.expires_at),
    }
    return json(body)


async def create(exchange: Exchange) -> ASGIApp:
    """The link and its URL, this once."""
    require(exchange.who, Scope.WRITE)
    id = wire.recording_id(exchange.path["id"])
    given = await asking.body(exchange.request, "form", "expires_in", "media_id", "note")
    expires = reading.number(given, "expires_in", least=1, most=int(LONGEST.total_seconds()))
    media = reading.text(given, "media_id")
    shared = await exchange.vault.shares.make(
        exchange.who,
        id,
        Terms(
            asking.chosen(given, "form", words=FORMS, default=Form.MP3),
            _HOUR if expires is None else timedelta(seconds=expires),
        ),
        media=None if media is None else MediaId(reading.identifier(media, field="media_id")),
        note=reading.text(given, "note"),
    )
    place = exchange.urls.sign(shared.link, exchange.base, share=shared.share.id)
    return json({**link(shared.share), "url": place}, 201)


async def index(exchange: Exchange) -> ASGIApp:
    """Those of a recording, newest first."""
    require(exchange.who, Scope.READ)
    id = wire.recording_id(exchange.path["id"])
    return json({"data": [link(it) for it in await exchange.vault.shares.of(exchange.who, id)]})


async def revoke(exchange: Exchange) -> ASGIApp:
    """Dead from the next request on."""
    require(exchange.who, Scope.WRITE)
    id, link_id = wire.recording_id(exchange.path["id"]), read_uuid(exchange.path["link"])
    if link_id is None:
        raise NotFound("no such link")
    await exchange.vault.shares.revoke(exchange.who, id, LinkId(link_id))
    return Response(status_code=204)


ENDPOINTS = (
    Endpoint("GET", ONE + "/url", url, "A signed URL of the MP3"),
    Endpoint("POST", ONE + "/links", create, "Make a link"),
    Endpoint("GET", ONE + "/links", index, "List links"),
    Endpoint("DELETE", ONE + "/links/{link}", revoke, "Revoke a link"),
)
