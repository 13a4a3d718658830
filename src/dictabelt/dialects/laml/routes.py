"""LaML's endpoints, at the documented prefix and at the root where SDKs send."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.access import Credentials
from dictabelt.core.errors import NotFound, VaultError
from dictabelt.core.ids import read_uuid
from dictabelt.core.nouns import Form, Playable, Principal
from dictabelt.core.recordings import Within, refuse_elsewhere
from dictabelt.dialects.laml import wire
from dictabelt.http.answers import Words, json, media, while_connected
from dictabelt.http.credentials import basic
from dictabelt.http.dialect import Door, Endpoint, Exchange
from dictabelt.http.media import preflight
from dictabelt.http.refusals import headers, nearest

CHALLENGE = {"www-authenticate": 'Basic realm="dictabelt", charset="UTF-8"'}


def credentials(request: Request) -> Credentials | None:
    """Basic, project id and token."""
    return basic(request)


def refuse(refusal: VaultError, request: Request) -> ASGIApp:
    """`code`, `message`, `more_info`, `status`."""
    status, code, words = nearest(wire.ERRORS, refusal)
    message = words.format(path=request.scope["path"], reason=refusal)
    extra = headers(refusal) | (CHALLENGE if status == 401 else {})
    return json(wire.error(status, code, message=message), status, headers=extra)


def refuse_media(status: int, scope: Mapping[str, Any]) -> tuple[str, bytes]:
    """The same body for a condition or a range that media cannot meet."""
    code, words = wire.MEDIA_ERRORS[status]
    body = json(wire.error(status, code, message=words.format(path=scope["path"])))
    return "application/json", bytes(body.body)


WORDS = Words(wire.CONTENT_TYPE, refuse_media)


async def allow(exchange: Exchange) -> ASGIApp:
    """The preflight of a web player on another site."""
    del exchange
    return preflight


async def show(exchange: Exchange) -> ASGIApp:
    """The recording's metadata."""
    id = wire.recording_id(exchange.path["sid"])
    owned(exchange, exchange.who)
    recording = await exchange.vault.recordings.get(exchange.who, id, within=within(exchange))
    return json(wire.recording(recording))


async def destroy(exchange: Exchange) -> ASGIApp:
    """Gone for good, media too."""
    id = wire.recording_id(exchange.path["sid"])
    owned(exchange, exchange.who)
    await exchange.vault.recordings.delete(exchange.who, id, within=within(exchange))
    return Response(status_code=204)


async def listen(exchange: Exchange, form: Form) -> ASGIApp:
    """The recording's media."""
    id = wire.recording_id(exchange.path["sid"])
    who = await _listener(exchange)
    work = exchange.vault.renditions.get(who, id, form)
    playable: Playable = await while_connected(exchange.request, work)
    refuse_elsewhere(playable.recording, within(exchange))
    return media(exchange.vault, playable, words=WORDS)


async def bare(exchange: Exchange) -> ASGIApp:
    """WAV without an extension; metadata for a client that asks for JSON alone, with a key.

    signalwire-sdk 3.0 sends `Accept: application/json` here and parses JSON; axios puts
    `*/*` beside it and takes the audio.
    """
    offered = basic(exchange.request)
    if offered is None or not wire.wants_json(exchange.request.headers.get("accept", "")):
        return await listen(exchange, Form.WAV)
    who = await exchange.vault.access.authenticate(offered, exchange.dialect.name)
    owned(exchange, who)
    id = wire.recording_id(exchange.path["sid"])
    recording = await exchange.vault.recordings.get(who, id, within=within(exchange))
    return json(wire.recording(recording))


def owned(exchange: Exchange, who: Principal) -> None:
    """Raises NotFound unless the account in the path is the caller's."""
    if read_uuid(exchange.path["account"]) != who.account:
        raise NotFound("no such account")


def within(exchange: Exchange) -> Within:
    """The call that the path names, if it names one. Raises NotFound for what is no UUID."""
    text = exchange.path.get("call")
    id = read_uuid(text) if text is not None else None
    if text is not None and id is None:
        raise NotFound("no such call")
    return Within(call=id)


async def _listener(exchange: Exchange) -> Principal:
    account = read_uuid(exchange.path["account"])
    if account is None:
        raise NotFound("no such account")
    offered = basic(exchange.request)
    return await exchange.vault.access.listener(account, offered, exchange.dialect.name)


def _endpoints(prefix: str) -> tuple[Endpoint, ...]:
    at = prefix + "/Accounts/{account}"
    places = (at + "/Recordings/{sid}", at + "/Calls/{call}/Recordings/{sid}")
    return tuple(endpoint for place in places for endpoint in _recording(place))


def _recording(place: str) -> tuple[Endpoint, ...]:
    return (
        Endpoint("GET", place + ".json", show, "Recording metadata"),
        Endpoint("DELETE", place + ".json", destroy, "Delete a recording"),
        Endpoint("GET", place + ".wav", partial(listen, form=Form.WAV), "As WAV", Door.OPEN),
        Endpoint("GET", place + ".mp3", partial(listen, form=Form.MP3), "As MP3", Door.OPEN),
        Endpoint("GET", place, bare, "As WAV", Door.OPEN),
        Endpoint("DELETE", place, destroy, "Delete a recording"),
        *(
            Endpoint("OPTIONS", place + extension, allow, "Preflight of a player", Door.OPEN)
            for extension in wire.MEDIA
        ),
    )


ENDPOINTS = tuple(endpoint for prefix in wire.PREFIXES for endpoint in _endpoints(prefix))
