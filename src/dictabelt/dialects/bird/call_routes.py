"""Endpoints of the recordings of a call that is not over."""

from starlette.types import ASGIApp

from dictabelt.core.access import require
from dictabelt.core.errors import NotFound
from dictabelt.core.ids import RecordingId, new_uuid
from dictabelt.core.nouns import Recording, Scope
from dictabelt.core.recordings import LIVE, Within, refuse_elsewhere
from dictabelt.core.search import Page, Search, Window
from dictabelt.dialects.bird import calls, paging
from dictabelt.dialects.bird.workspace import BELOW, body, identifier, query
from dictabelt.http.answers import json
from dictabelt.http.dialect import Endpoint, Exchange

_CALL = BELOW + "/channels/{channelId}/calls/{callId}"
_ALL = _CALL + "/recordings"
_ONE = _ALL + "/{recordingId}"


async def record_session(exchange: Exchange) -> ASGIApp:
    """One more recording of a call that the vault records now."""
    within = _within(exchange)
    assert within.channel is not None
    return await _start(exchange, calls.session(await body(exchange), channel=within.channel))


async def record_message(exchange: Exchange) -> ASGIApp:
    """As `record_session`, for a message."""
    within = _within(exchange)
    assert within.channel is not None
    return await _start(exchange, calls.message(await body(exchange), channel=within.channel))


async def index(exchange: Exchange) -> ASGIApp:
    """A page of what is in progress on the call; none where the call is over."""
    within = _within(exchange)
    window = paging.window(query(exchange, paging.PARAMETERS), most=calls.MOST)
    page = await _find(exchange, Search(call=within.call, states=frozenset(LIVE)), window)
    known = page.items or (await _find(exchange, Search(call=within.call), Window(1))).items
    if not known:
        raise NotFound("no such call")
    refuse_elsewhere(known[0], within)
    return json(calls.recordings(page))


async def show(exchange: Exchange) -> ASGIApp:
    """One recording of the call, in progress or not any more."""
    return json(calls.recording(await _get(exchange)))


async def steer(exchange: Exchange) -> ASGIApp:
    """Paused, resumed or stopped; an empty body changes nothing."""
    within, id = _within(exchange), _id(exchange)
    to = calls.wanted(await body(exchange))
    if to is None:
        require(exchange.who, Scope.WRITE)
        return json(calls.recording(await _get(exchange)), 202)
    moved = await exchange.vault.live.steer(exchange.who, id, to, within=within)
    return json(calls.recording(moved), 202)


async def _start(exchange: Exchange, command: calls.Command) -> ASGIApp:
    call = identifier(exchange, "callId")
    recording = await exchange.vault.live.start(exchange.who, call, command.known)
    return json(calls.command(recording, command.word, id=new_uuid()), 202)


async def _get(exchange: Exchange) -> Recording:
    within = _within(exchange)
    return await exchange.vault.recordings.get(exchange.who, _id(exchange), within=within)


async def _find(exchange: Exchange, search: Search, window: Window) -> Page[Recording]:
    return await exchange.vault.recordings.find(exchange.who, search, window=window)


def _within(exchange: Exchange) -> Within:
    """The call, on the channel that the path puts it on. Raises NotFound, Invalid."""
    call, channel = identifier(exchange, "callId"), identifier(exchange, "channelId")
    return Within(call=call, channel=channel)


def _id(exchange: Exchange) -> RecordingId:
    return RecordingId(identifier(exchange, "recordingId"))


ENDPOINTS = (
    Endpoint("POST", _CALL + "/record", record_message, "Record a message on a call"),
    Endpoint("POST", _ALL, record_session, "Record both sides of a call"),
    Endpoint("GET", _ALL, index, "List a call's recordings in progress"),
    Endpoint("GET", _ONE, show, "Get a call's recording"),
    Endpoint("PATCH", _ONE, steer, "Pause, resume or stop a call's recording"),
)
