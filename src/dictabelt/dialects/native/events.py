"""Events: what happened, to whom it was told, and telling it again."""

from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.access import require
from dictabelt.core.errors import NotFound
from dictabelt.core.ids import EventId, read_uuid
from dictabelt.core.nouns import Scope
from dictabelt.core.search import EventSearch
from dictabelt.core.webhook import Delivery, Event, EventType
from dictabelt.dialects.native import asking, cursors, known, wire
from dictabelt.dialects.native.transcriptions import transcription
from dictabelt.http import reading
from dictabelt.http.answers import json
from dictabelt.http.dialect import Endpoint, Exchange

ALL = wire.PREFIX + "/events"
TYPES = {it.value: it for it in EventType}


def event(it: Event) -> dict[str, object]:
    """What happened, with the recording as it was then."""
    return {
        "id": str(it.id),
        "type": it.type.value,
        "created_at": wire.instant(it.created_at),
        "recording": wire.recording(it.recording),
        "transcription": transcription(it.transcription) if it.transcription else None,
    }


def delivery(it: Delivery) -> dict[str, object]:
    """What came of telling one receiver."""
    return {
        "id": str(it.id),
        "webhook_id": None if it.hook is None else str(it.hook),
        "dialect": it.dialect,
        "url": it.url,
        "state": it.state.value,
        "attempts": it.attempts,
        "status": it.status,
        "error": it.error,
        "created_at": wire.instant(it.created_at),
        "updated_at": wire.instant(it.updated_at),
    }


async def index(exchange: Exchange) -> ASGIApp:
    """Newest first."""
    require(exchange.who, Scope.READ)
    names = ("type", "recording", "created_from", "created_before")
    given = asking.query(exchange.request, *names, *cursors.NAMES)
    of, start = reading.single(given, "recording"), reading.single(given, "created_from")
    end = reading.single(given, "created_before")
    search = EventSearch(
        recording=None if of is None else known.spelled_id(of),
        types=frozenset(
            reading.word(it, TYPES, field="type").value for it in given.get("type", ())
        ),
        created_from=None if start is None else reading.instant(start, field="created_from"),
        created_before=None if end is None else reading.instant(end, field="created_before"),
    )
    found = await exchange.vault.events.find(exchange.who, search, cursors.window(given))
    return json(cursors.page(found, id=lambda it: it.id, shown=event))


async def show(exchange: Exchange) -> ASGIApp:
    """One event and its deliveries."""
    require(exchange.who, Scope.READ)
    id = event_id(exchange)
    found = await exchange.vault.events.get(exchange.who, id)
    sent = await exchange.vault.events.deliveries(exchange.who, id)
    return json({**event(found), "deliveries": [delivery(it) for it in sent]})


async def resend(exchange: Exchange) -> ASGIApp:
    """It is told again, to those who had it too."""
    await exchange.vault.events.resend(exchange.who, event_id(exchange))
    return Response(status_code=202)


def event_id(exchange: Exchange) -> EventId:
    """Raises NotFound for what is no UUID."""
    id = read_uuid(exchange.path["event"])
    if id is None:
        raise NotFound("no such event")
    return EventId(id)


ENDPOINTS = (
    Endpoint("GET", ALL, index, "List events"),
    Endpoint("GET", ALL + "/{event}", show, "Get an event and its deliveries"),
    Endpoint("POST", ALL + "/{event}/resend", resend, "Tell of an event again"),
)
