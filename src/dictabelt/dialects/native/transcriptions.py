"""Transcriptions: asked for, written by the owner's transcriber, read, deleted."""

from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.access import require
from dictabelt.core.errors import NotFound
from dictabelt.core.ids import TranscriptionId, read_uuid
from dictabelt.core.nouns import Scope
from dictabelt.core.search import TranscriptSearch
from dictabelt.core.transcript import Segment, Transcription
from dictabelt.core.transcriptions import Spoken
from dictabelt.dialects.native import asking, cursors, known, wire
from dictabelt.dialects.native.recordings import ONE
from dictabelt.http import reading
from dictabelt.http.answers import json
from dictabelt.http.dialect import Endpoint, Exchange

ALL = wire.PREFIX + "/transcriptions"
WORDS = ("text", "segments", "summary", "error", "price", "price_unit")
SEGMENT = ("start_ms", "end_ms", "text", "channel", "speaker")
_LONGEST_MS = 10**12
# A day of speech fits.
_MOST_TEXT = 1_000_000


def transcription(it: Transcription) -> dict[str, object]:
    """One transcription; `error` says why there are no words."""
    return {
        "id": str(it.id),
        "recording_id": str(it.recording),
        "state": it.state.value,
        "locale": it.locale,
        "text": it.text,
        "segments": [segment(one) for one in it.segments],
        "summary": it.summary,
        "duration_ms": it.duration_ms,
        "channels": it.channels,
        "price": it.price,
        "price_unit": it.price_unit,
        "error": it.error,
        "created_at": wire.instant(it.created_at),
        "updated_at": wire.instant(it.updated_at),
    }


def segment(it: Segment) -> dict[str, object]:
    """Words between two instants of the audio."""
    return {
        "start_ms": it.start_ms,
        "end_ms": it.end_ms,
        "text": it.text,
        "channel": it.channel,
        "speaker": it.speaker,
    }


def spoken(given: Mapping[str, object]) -> Spoken:
    """What a transcriber wrote. Raises Invalid."""
    return Spoken(
        locale=reading.required(given, "locale", most=35),
        text=reading.text(given, "text", most=_MOST_TEXT),
        segments=[_segment(it) for it in asking.listed(given, "segments") or ()],
        summary=reading.text(given, "summary", most=10_000),
        error=reading.text(given, "error"),
        price=known.price(given),
        price_unit=reading.text(given, "price_unit", most=3),
    )


def _segment(it: object) -> Segment:
    given = reading.mapping({"segments": it}, "segments") or {}
    asking.refuse_unknown(given, SEGMENT, where="segment")
    start = reading.number(given, "start_ms", least=0, most=_LONGEST_MS)
    end = reading.number(given, "end_ms", least=0, most=_LONGEST_MS)
    return Segment(
        start_ms=start or 0,
        end_ms=end or 0,
        text=reading.required(given, "text", most=10_000),
        channel=reading.number(given, "channel", least=1, most=255),
        speaker=reading.text(given, "speaker", most=255),
    )


def transcription_id(exchange: Exchange) -> TranscriptionId:
    """Raises NotFound for what is no UUID."""
    id = read_uuid(exchange.path["transcription"])
    if id is None:
        raise NotFound("no such transcription")
    return TranscriptionId(id)


async def create(exchange: Exchange) -> ASGIApp:
    """202 where only a locale is given: then the account's transcriber hears of it."""
    require(exchange.who, Scope.WRITE)
    id = wire.recording_id(exchange.path["id"])
    given = await asking.body(exchange.request, "locale", *WORDS)
    wanted = spoken(given)
    if set(given) == {"locale"}:
        asked = await exchange.vault.transcriptions.request(exchange.who, id, wanted.locale)
        return json(transcription(asked), 202)
    done = await exchange.vault.transcriptions.write(exchange.who, id, wanted)
    return json(transcription(done), 201)


async def write(exchange: Exchange) -> ASGIApp:
    """The words that were asked for, or others in their place."""
    require(exchange.who, Scope.WRITE)
    id = wire.recording_id(exchange.path["id"])
    transcript = transcription_id(exchange)
    given = await asking.body(exchange.request, "locale", *WORDS)
    done = await exchange.vault.transcriptions.write(exchange.who, id, spoken(given), id=transcript)
    return json(transcription(done))


async def of_recording(exchange: Exchange) -> ASGIApp:
    """Those of a recording, newest first."""
    require(exchange.who, Scope.READ)
    id = wire.recording_id(exchange.path["id"])
    return await _page(exchange, TranscriptSearch(recording=id))


async def index(exchange: Exchange) -> ASGIApp:
    """Those of the account, newest first."""
    require(exchange.who, Scope.READ)
    return await _page(exchange, TranscriptSearch())


async def _page(exchange: Exchange, search: TranscriptSearch) -> ASGIApp:
    given = asking.query(exchange.request, *cursors.NAMES)
    found = await exchange.vault.transcriptions.find(exchange.who, search, cursors.window(given))
    return json(cursors.page(found, id=lambda it: it.id, shown=transcription))


async def show(exchange: Exchange) -> ASGIApp:
    """One transcription."""
    require(exchange.who, Scope.READ)
    id = transcription_id(exchange)
    return json(transcription(await exchange.vault.transcriptions.get(exchange.who, id)))


async def destroy(exchange: Exchange) -> ASGIApp:
    """Gone for good."""
    require(exchange.who, Scope.WRITE)
    await exchange.vault.transcriptions.delete(exchange.who, transcription_id(exchange))
    return Response(status_code=204)


ENDPOINTS = (
    Endpoint("POST", ONE + "/transcriptions", create, "Write or ask for a transcription"),
    Endpoint("GET", ONE + "/transcriptions", of_recording, "Transcriptions of a recording"),
    Endpoint("PUT", ONE + "/transcriptions/{transcription}", write, "Write a transcription"),
    Endpoint("GET", ALL, index, "List transcriptions"),
    Endpoint("GET", ALL + "/{transcription}", show, "Get a transcription"),
    Endpoint("DELETE", ALL + "/{transcription}", destroy, "Delete a transcription"),
)
