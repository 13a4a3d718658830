"""Endpoints of transcriptions."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.ids import RecordingId, TranscriptionId
from dictabelt.core.search import TranscriptSearch
from dictabelt.core.transcript import Transcription
from dictabelt.dialects.bird import paging, transcripts
from dictabelt.dialects.bird.workspace import BELOW, body, identifier, query
from dictabelt.http.answers import json
from dictabelt.http.dialect import Endpoint, Exchange

_ALL = BELOW + "/transcriptions"
_ONE = _ALL + "/{transcriptionId}"
_OF = BELOW + "/recordings/{recordingId}/transcriptions"


async def request(exchange: Exchange) -> ASGIApp:
    """Asks for a transcription; the one that there is already is given again."""
    recording = RecordingId(identifier(exchange, "recordingId"))
    locale = transcripts.locale(await body(exchange))
    asked = await exchange.vault.transcriptions.request(exchange.who, recording, locale)
    return json(transcripts.transcription(asked), 202)


async def index(exchange: Exchange) -> ASGIApp:
    """A page of the workspace's transcriptions, newest first."""
    window = paging.window(query(exchange, paging.PARAMETERS), most=transcripts.MOST)
    page = await exchange.vault.transcriptions.find(exchange.who, TranscriptSearch(), window)
    return json(transcripts.transcriptions(page))


async def show(exchange: Exchange) -> ASGIApp:
    """The metadata, or the content in the format that the query asks for."""
    format = transcripts.format_of(query(exchange, ("format",)))
    it = await _get(exchange)
    return json(transcripts.transcription(it)) if format is None else _content(it, format)


def content_as(format: str) -> Callable[[Exchange], Awaitable[ASGIApp]]:
    """What was said, in that format."""

    async def content(exchange: Exchange) -> ASGIApp:
        return _content(await _get(exchange), format)

    return content


def _content(it: Transcription, format: str) -> ASGIApp:
    media_type, said = transcripts.content(it, format)
    fresh = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(said, headers={**fresh, "content-type": media_type})


async def _get(exchange: Exchange) -> Transcription:
    id = TranscriptionId(identifier(exchange, "transcriptionId"))
    return await exchange.vault.transcriptions.get(exchange.who, id)


ENDPOINTS = (
    Endpoint("POST", _OF, request, "Ask for a transcription"),
    Endpoint("GET", _ALL, index, "List transcriptions"),
    *(
        Endpoint("GET", f"{_ONE}.{it}", content_as(it), f"What was said, as {it}")
        for it in transcripts.FORMATS
    ),
    Endpoint("GET", _ONE, show, "Get a transcription"),
)
