"""What to find among an account's recordings, and one page of what was found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from dictabelt.core.findings import Finding
from dictabelt.core.ids import RecordingId
from dictabelt.core.nouns import Direction, Recording, State

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Search:
    """Every condition that is given must hold; times are from (inclusive) to before (exclusive).

    `source` is the id of a call or a conference. `number` is either party's,
    `caller` and `callee` one of them, as E.164 with the plus. `deleted_since`
    lets recordings show that were deleted at that instant or later.
    `transcribed` asks for those with a finished transcription, or without one,
    `finding` for those of which listening found it.
    """

    created_from: datetime | None = None
    created_before: datetime | None = None
    started_from: datetime | None = None
    started_before: datetime | None = None
    call: UUID | None = None
    call_name: str | None = None
    conference: UUID | None = None
    source: UUID | None = None
    channel: UUID | None = None
    direction: Direction | None = None
    number: str | None = None
    caller: str | None = None
    callee: str | None = None
    states: frozenset[State] = frozenset()
    shortest_ms: int | None = None
    longest_ms: int | None = None
    tag: str | None = None
    device_id: str | None = None
    end_user_id: str | None = None
    deleted_since: datetime | None = None
    transcribed: bool | None = None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of what was found, newest first.

    `behind` is the id of one: those older than it; `ahead` gives those newer
    than it, the nearest. Either may be deleted by now; one that never was, or
    is another account's, gives nothing. `skip` is for dialects that count
    items; it costs what it skips.
    """

    limit: int
    behind: UUID | None = None
    ahead: UUID | None = None
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Items, newest first; `more` tells of others further on in the same direction."""

    items: tuple[T, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class TranscriptSearch:
    """Every condition that is given must hold."""

    recording: RecordingId | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventSearch:
    """Every condition that is given must hold; `types` are values of EventType."""

    recording: RecordingId | None = None
    types: frozenset[str] = frozenset()
    created_from: datetime | None = None
    created_before: datetime | None = None


RecordingPage = Page[Recording]
