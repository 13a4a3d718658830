"""Transcriptions: listed, shown and deleted, of the account and of a recording."""

from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.ids import RecordingId
from dictabelt.dialects.laml import lists, paging, parameters
from dictabelt.dialects.laml.asking import owned
from dictabelt.dialects.laml.endpoints import either
from dictabelt.dialects.laml.flavour import Flavour
from dictabelt.http.answers import json
from dictabelt.http.dialect import Endpoint, Exchange


async def find(exchange: Exchange) -> ASGIApp:
    """A page, newest first."""
    who = exchange.who
    speaks = owned(exchange, who)
    recording, path = _recording(exchange, speaks), speaks.below(who.account)
    search, turn = lists.transcriptions(
        parameters.query(exchange.request), speaks, recording=recording
    )
    if recording is not None:
        path = f"{path}/Recordings/{exchange.path['sid']}"
    page = await exchange.vault.transcriptions.find(who, search, turn.window)
    sheet = paging.sheet(
        page,
        turn,
        speaks=speaks,
        place=paging.TRANSCRIPTIONS.below(path),
        render=speaks.transcription,
    )
    return json(speaks.envelope(sheet))


async def show(exchange: Exchange) -> ASGIApp:
    """One transcription."""
    speaks = owned(exchange, exchange.who)
    id = speaks.transcription_id(exchange.path["transcription"])
    recording = _recording(exchange, speaks)
    found = await exchange.vault.transcriptions.get(exchange.who, id, recording=recording)
    return json(speaks.transcription(found))


async def destroy(exchange: Exchange) -> ASGIApp:
    """Gone for good; the recording stays."""
    speaks = owned(exchange, exchange.who)
    id = speaks.transcription_id(exchange.path["transcription"])
    recording = _recording(exchange, speaks)
    await exchange.vault.transcriptions.delete(exchange.who, id, recording=recording)
    return Response(status_code=204)


def transcriptions(at: str) -> tuple[Endpoint, ...]:
    """The endpoints below an account."""
    places = (at + "/Transcriptions", at + "/Recordings/{sid}/Transcriptions")
    return tuple(endpoint for it in places for endpoint in _below(it))


def _below(where: str) -> tuple[Endpoint, ...]:
    one = where + "/{transcription}"
    return (
        *either("GET", where, handler=find, summary="List transcriptions"),
        *either("GET", one, handler=show, summary="A transcription"),
        *either("DELETE", one, handler=destroy, summary="Delete a transcription"),
    )


def _recording(exchange: Exchange, speaks: Flavour) -> RecordingId | None:
    text = exchange.path.get("sid")
    return None if text is None else speaks.recording_id(text)
