"""LaML's endpoints, at the documented prefix and at the root where SDKs send."""

from functools import partial

from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.errors import Invalid, NotFound
from dictabelt.core.media import Form, Mix, Variant
from dictabelt.core.nouns import Principal
from dictabelt.core.playable import Playable
from dictabelt.core.recordings import refuse_elsewhere
from dictabelt.dialects.laml import lists, parameters, wire
from dictabelt.dialects.laml.asking import (
    WORDS,
    credentials,
    owned,
    place,
    refuse,
    refuse_media,
)
from dictabelt.dialects.laml.endpoints import either
from dictabelt.dialects.laml.flavour import ACCOUNT
from dictabelt.dialects.laml.flavours import TWILIO, flavour
from dictabelt.dialects.laml.list_routes import listed
from dictabelt.dialects.laml.live_routes import start, steer
from dictabelt.dialects.laml.transcript_routes import transcriptions
from dictabelt.http.answers import json, media, while_connected
from dictabelt.http.dialect import Door, Endpoint, Exchange
from dictabelt.http.lasting import lasting
from dictabelt.http.media import preflight

__all__ = ["ENDPOINTS", "credentials", "refuse", "refuse_media"]

CHANNELS = {"1": 1, "2": 2}


async def allow(exchange: Exchange) -> ASGIApp:
    """The preflight of a web player on another site."""
    del exchange
    return preflight


async def show(exchange: Exchange) -> ASGIApp:
    """The recording's metadata."""
    return await _shown(exchange, exchange.who)


async def destroy(exchange: Exchange) -> ASGIApp:
    """Gone for good, media too; Twilio's flavour tells of it for some days more."""
    speaks = owned(exchange, exchange.who)
    id = speaks.recording_id(exchange.path["sid"])
    within = speaks.within(exchange.path)
    await exchange.vault.recordings.delete(exchange.who, id, within=within)
    return Response(status_code=204)


async def listen(exchange: Exchange, form: Form) -> ASGIApp:
    """The recording's media."""
    speaks = flavour(exchange.path["account"])
    id = speaks.recording_id(exchange.path["sid"])
    who = await _listener(exchange)
    asked = _channels(exchange)
    mix = Mix.MONO if asked == 1 else Mix.BOTH
    work = exchange.vault.renditions.get(who, id, Variant(form, mix))
    playable: Playable = await while_connected(exchange.request, work)
    refuse_elsewhere(playable.recording, speaks.within(exchange.path))
    if asked not in (None, 1, playable.recording.channels):
        raise Invalid(f"The recording has no media of {asked} channels", field="RequestedChannels")
    return media(playable, words=WORDS)


async def bare(exchange: Exchange) -> ASGIApp:
    """WAV without an extension; metadata for a client that asks for JSON alone, with a key.

    signalwire-sdk 3.0 sends `Accept: application/json` here and parses JSON; axios puts
    `*/*` beside it and takes the audio.
    """
    offered = credentials(exchange.request)
    if offered is None or not wire.wants_json(exchange.request.headers.get("accept", "")):
        return await listen(exchange, Form.WAV)
    who = await exchange.vault.access.authenticate(offered, exchange.dialect.name)
    return await _shown(exchange, who)


async def _shown(exchange: Exchange, who: Principal) -> ASGIApp:
    speaks = owned(exchange, who)
    id, here = speaks.recording_id(exchange.path["sid"]), place(exchange, speaks)
    kept = None
    if speaks.kept_deleted is not None:
        said = parameters.query(exchange.request)
        deleted = said.word(lists.DELETED_TOO, lists.YES_OR_NO, default=False)
        kept = speaks.kept_deleted if deleted else None
    recording = await exchange.vault.recordings.get(
        who, id, within=here.within, deleted_within=kept
    )
    shown = speaks.recording(recording, here)
    # What was deleted is shown for some days, and then not, though no row changes.
    return lasting(exchange, shown) if kept is None else json(shown)


async def _listener(exchange: Exchange) -> Principal:
    text = exchange.path["account"]
    account = flavour(text).read(ACCOUNT, text)
    if account is None:
        raise NotFound("no such account")
    offered = credentials(exchange.request)
    return await exchange.vault.access.listener(account, offered, exchange.dialect.name)


def _channels(exchange: Exchange) -> int | None:
    """Twilio's RequestedChannels; SignalWire has none. Raises Invalid."""
    if flavour(exchange.path["account"]) is not TWILIO:
        return None
    said = parameters.query(exchange.request)
    return said.word("RequestedChannels", CHANNELS, default=None)


def _endpoints(prefix: str) -> tuple[Endpoint, ...]:
    at = prefix + "/Accounts/{account}"
    call, conference = at + "/Calls/{call}", at + "/Conferences/{conference}"
    one = conference + "/Recordings/{sid}"
    return (
        *_recording(at + "/Recordings/{sid}"),
        *_recording(call + "/Recordings/{sid}"),
        *either("GET", one, handler=show, summary="Recording metadata"),
        *either("DELETE", one, handler=destroy, summary="Delete a recording"),
        *(
            endpoint
            for it in (call + "/Recordings/{sid}", one)
            for endpoint in either("POST", it, handler=steer, summary="Pause, resume, stop")
        ),
        *(it for where in (at, call, conference) for it in listed(where)),
        *either("POST", call + "/Recordings", handler=start, summary="Start a recording"),
        *transcriptions(at),
    )


def _recording(where: str) -> tuple[Endpoint, ...]:
    return (
        Endpoint("GET", where + ".json", show, "Recording metadata"),
        Endpoint("DELETE", where + ".json", destroy, "Delete a recording"),
        Endpoint("GET", where + ".wav", partial(listen, form=Form.WAV), "As WAV", Door.OPEN),
        Endpoint("GET", where + ".mp3", partial(listen, form=Form.MP3), "As MP3", Door.OPEN),
        Endpoint("GET", where, bare, "As WAV", Door.OPEN),
        Endpoint("DELETE", where, destroy, "Delete a recording"),
        *(
            Endpoint("OPTIONS", where + extension, allow, "Preflight of a player", Door.OPEN)
            for extension in wire.MEDIA
        ),
    )


ENDPOINTS = tuple(endpoint for prefix in wire.PREFIXES for endpoint in _endpoints(prefix))
