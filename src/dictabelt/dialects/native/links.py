"""Links: made on a leash or without one, listed, taken back."""

from collections.abc import Mapping
from datetime import timedelta

from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.access import require
from dictabelt.core.errors import Invalid, NotFound
from dictabelt.core.ids import LinkId, MediaId, RecordingId, read_uuid
from dictabelt.core.leashes import MOST_USES
from dictabelt.core.links import LONGEST
from dictabelt.core.media import Form, Mix, Variant
from dictabelt.core.nouns import Scope, Terms
from dictabelt.core.share import Leash, Share
from dictabelt.dialects.native import asking, wire
from dictabelt.dialects.native.media import FORMS, LONGEST_MS, MIXES
from dictabelt.dialects.native.recordings import ONE
from dictabelt.dialects.native.refusing import TERMS
from dictabelt.http import reading
from dictabelt.http.answers import json
from dictabelt.http.dialect import Endpoint, Exchange

_HOUR = timedelta(hours=1)
_MEMBERS = (
    *("form", "mix", "from", "to", "media_id"),
    *("expires_in", "uses", "networks", "note"),
)


def link(it: Share) -> dict[str, object]:
    """A link without its URL, which is shown once."""
    return {
        "id": str(it.id),
        "recording_id": str(it.recording),
        "media_id": str(it.media),
        "form": it.form.value,
        "mix": it.variant.mix.value,
        "from": it.variant.start_ms,
        "to": it.variant.end_ms,
        "note": it.note,
        "uses": it.uses,
        "used": it.used,
        "networks": list(it.networks),
        "made_by": None if it.made_by is None else str(it.made_by),
        "last_used_at": wire.instant(it.last_used_at),
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
    given = await asking.body(exchange.request, *_MEMBERS)
    media = reading.text(given, "media_id")
    shared = await exchange.vault.shares.make(
        exchange.who,
        id,
        _terms(given),
        media=None if media is None else MediaId(reading.identifier(media, field="media_id")),
        leash=_leash(given),
    )
    place = exchange.urls.sign(shared.link, exchange.base, share=shared.share.id)
    return json({**link(shared.share), "url": place}, 201)


def _terms(given: Mapping[str, object]) -> Terms:
    expires = reading.number(given, "expires_in", least=1, most=int(LONGEST.total_seconds()))
    variant = Variant(
        asking.chosen(given, "form", words=FORMS, default=Form.MP3),
        asking.chosen(given, "mix", words=MIXES, default=Mix.BOTH),
        reading.number(given, "from", least=0, most=LONGEST_MS) or 0,
        reading.number(given, "to", least=1, most=LONGEST_MS),
    )
    return Terms(variant, _HOUR if expires is None else timedelta(seconds=expires))


def _leash(given: Mapping[str, object]) -> Leash:
    networks = asking.listed(given, "networks") or []
    texts = [it for it in networks if isinstance(it, str)]
    if len(texts) < len(networks):
        raise Invalid("networks are strings such as 192.0.2.0/24", field="networks")
    return Leash(
        uses=reading.number(given, "uses", least=1, most=MOST_USES),
        networks=tuple(texts),
        note=reading.text(given, "note"),
    )


async def show(exchange: Exchange) -> ASGIApp:
    """One of a recording."""
    require(exchange.who, Scope.READ)
    id, link_id = _ids(exchange)
    return json(link(await exchange.vault.shares.get(exchange.who, id, link_id)))


async def index(exchange: Exchange) -> ASGIApp:
    """Those of a recording, newest first."""
    require(exchange.who, Scope.READ)
    id = wire.recording_id(exchange.path["id"])
    return json({"data": [link(it) for it in await exchange.vault.shares.of(exchange.who, id)]})


async def revoke(exchange: Exchange) -> ASGIApp:
    """Dead from the next request on."""
    require(exchange.who, Scope.WRITE)
    id, link_id = _ids(exchange)
    await exchange.vault.shares.revoke(exchange.who, id, link_id)
    return Response(status_code=204)


def _ids(exchange: Exchange) -> tuple[RecordingId, LinkId]:
    id, link_id = wire.recording_id(exchange.path["id"]), read_uuid(exchange.path["link"])
    if link_id is None:
        raise NotFound("no such link")
    return id, LinkId(link_id)


ENDPOINTS = (
    Endpoint("GET", ONE + "/url", url, "A signed URL of the MP3"),
    Endpoint("POST", ONE + "/links", create, "Make a link"),
    Endpoint("GET", ONE + "/links", index, "List links"),
    Endpoint("GET", ONE + "/links/{link}", show, "A link"),
    Endpoint("DELETE", ONE + "/links/{link}", revoke, "Revoke a link"),
)
