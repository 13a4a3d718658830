"""Bota's endpoints."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.access import Credentials, require, require_uploading
from dictabelt.core.errors import VaultError
from dictabelt.core.ids import spell_prefixed
from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Scope, Terms
from dictabelt.dialects.bota import recordings, wire
from dictabelt.http import reading
from dictabelt.http.answers import encoded, json, kept
from dictabelt.http.body import small_body
from dictabelt.http.credentials import token
from dictabelt.http.dialect import Endpoint, Exchange
from dictabelt.http.idempotency import once
from dictabelt.http.lasting import lasting, linking
from dictabelt.http.refusals import headers, nearest
from dictabelt.http.times import iso_seconds

HOUR = timedelta(hours=1)
TERMS = Terms(Variant(Form.ORIGINAL), HOUR)


def credentials(request: Request) -> Credentials | None:
    """The Bearer token."""
    return token(request, "bearer")


def refuse(refusal: VaultError, request: Request) -> ASGIApp:
    """`{"error": {"code", "message", "details"?}}`."""
    del request
    status, code, words = nearest(wire.ERRORS, refusal)
    body = wire.error(code, words.format(reason=refusal), details=wire.details(refusal))
    return json(body, status, headers=headers(refusal, challenge="Bearer"))


async def create(exchange: Exchange) -> ASGIApp:
    """A recording that waits for its files."""
    require_uploading(exchange.who)
    body = await small_body(exchange.request)
    answered = await exchange.vault.ingest.begin_once(
        exchange.who,
        recordings.made(body, by_device=exchange.who.device_id is not None),
        once=once(exchange.request, body, operation="bota POST /recordings"),
        render=lambda it: encoded(recordings.recording(it)),
    )
    return kept(answered.body, 201)


async def index(exchange: Exchange) -> ASGIApp:
    """A page of recordings, newest first."""
    require(exchange.who, Scope.READ)
    search, window = recordings.search(reading.query(exchange.request))
    page = await exchange.vault.recordings.find(exchange.who, search, window=window)
    data = [recordings.recording(it) for it in page.items]
    return json({"data": data, "has_more": page.more})


async def show(exchange: Exchange) -> ASGIApp:
    """One recording."""
    require(exchange.who, Scope.READ)
    id = wire.recording_id(exchange.path["id"])
    found = await exchange.vault.recordings.get(exchange.who, id)
    return lasting(exchange, recordings.recording(found))


async def upload_url(exchange: Exchange) -> ASGIApp:
    """A place for one file, for an hour."""
    require_uploading(exchange.who)
    id = wire.recording_id(exchange.path["id"])
    wanted = recordings.announced(await small_body(exchange.request))
    ticket = await exchange.vault.uploads.ticket(exchange.who, id, wanted, lifetime=HOUR)
    return json(
        {
            "media_id": spell_prefixed(wire.MEDIA, ticket.media.id),
            "upload_url": exchange.upload_url(ticket.link),
            "expires_at": iso_seconds(ticket.link.expires_at),
            "headers": {"Content-Type": ticket.media.content_type},
        }
    )


async def upload_complete(exchange: Exchange) -> ASGIApp:
    """The whole recording, its length measured."""
    require_uploading(exchange.who)
    id = wire.recording_id(exchange.path["id"])
    body = await small_body(exchange.request)
    answered = await exchange.vault.uploads.complete(
        exchange.who,
        id,
        once=once(exchange.request, body, operation="bota POST /recordings/upload-complete"),
        render=lambda it: encoded(recordings.recording(it)),
    )
    return kept(answered.body)


async def later_download_url(exchange: Exchange) -> ASGIApp:
    """As later versions ask: of the first audio, by GET; `format` and the like are not heard."""
    require(exchange.who, Scope.READ)
    recording = wire.recording_id(exchange.path["id"])
    linked = await exchange.vault.links.to_media(exchange.who, recording, TERMS)
    it = linked.media
    assert linked.link is not None
    assert it is not None
    return linking(
        exchange,
        linked.link,
        tell=lambda _, url: {
            "download_url": url,
            "expires_in": int(HOUR.total_seconds()),
            "content_type": it.content_type,
            "file_size_bytes": it.size,
        },
    )


async def download_url(exchange: Exchange) -> ASGIApp:
    """A link of one hour to the media that the body names."""
    require(exchange.who, Scope.READ)
    recording = wire.recording_id(exchange.path["id"])
    media = wire.media_id(await small_body(exchange.request))
    linked = await exchange.vault.links.to_media(exchange.who, recording, TERMS, media=media)
    it = linked.media
    assert linked.link is not None
    assert it is not None
    return linking(exchange, linked.link, tell=lambda end, url: wire.download(it, end, url=url))


async def destroy(exchange: Exchange) -> ASGIApp:
    """Gone at once, with its media and links."""
    recording = wire.recording_id(exchange.path["id"])
    await exchange.vault.recordings.delete(exchange.who, recording)
    return Response(status_code=204)


_ONE = wire.BASE + "/{id}"
ENDPOINTS = (
    Endpoint("POST", wire.BASE, create, "Create a recording"),
    Endpoint("GET", wire.BASE, index, "List recordings"),
    Endpoint("GET", _ONE, show, "Get a recording"),
    Endpoint("DELETE", _ONE, destroy, "Delete a recording"),
    Endpoint("POST", _ONE + "/upload-url", upload_url, "Upload URL of a file"),
    Endpoint("POST", _ONE + "/upload-complete", upload_complete, "Complete the upload"),
    Endpoint("POST", _ONE + "/download-url", download_url, "Download URL of a media"),
    Endpoint("GET", _ONE + "/download-url", later_download_url, "Download URL of the audio"),
)
