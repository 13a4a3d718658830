"""The nouns of telling others: events, hooks, deliveries, and how a dialect writes a letter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from dictabelt.core.ids import AccountId, DeliveryId, EventId, HookId
from dictabelt.core.nouns import Recording, Terms
from dictabelt.core.transcript import Transcription


class EventType(StrEnum):
    """What can happen to a recording; a dialect has words for some of them."""

    CREATED = "recording.created"
    IN_PROGRESS = "recording.in_progress"
    PAUSED = "recording.paused"
    RESUMED = "recording.resumed"
    STOPPED = "recording.stopped"
    COMPLETED = "recording.completed"
    ABSENT = "recording.absent"
    FAILED = "recording.failed"
    UPDATED = "recording.updated"
    DAMAGED = "recording.damaged"
    MEDIA_DELETED = "recording.media_deleted"
    DELETED = "recording.deleted"
    TRANSCRIPTION_REQUESTED = "transcription.requested"
    TRANSCRIPTION_COMPLETED = "transcription.completed"
    TRANSCRIPTION_FAILED = "transcription.failed"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, with the recording as it was at that instant."""

    id: EventId
    account: AccountId
    type: EventType
    created_at: datetime
    recording: Recording
    transcription: Transcription | None = None


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a dialect's events go; `events` are the dialect's own words, `*` for all of them.

    `secret` signs; `headers` are sent along as they are. Both are sealed in the database.
    """

    id: HookId
    account: AccountId
    dialect: str
    url: str
    created_at: datetime
    events: frozenset[str] = frozenset({"*"})
    secret: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)
    enabled: bool = True


class DeliveryState(StrEnum):
    """Pending until a receiver acknowledges or the schedule is over."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one receiver.

    `hook` is None for a callback that the recording itself carries; `address`
    is then what the dialect needs to write to it. `status` is the last HTTP
    status, `error` why the last attempt failed.
    """

    id: DeliveryId
    account: AccountId
    event: EventId
    dialect: str
    url: str
    created_at: datetime
    hook: HookId | None = None
    address: Mapping[str, object] = field(default_factory=dict)
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    status: int | None = None
    error: str | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """One HTTP request to a receiver; a GET has no body."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an attempt waits for a connection, for each read, and in all."""

    connect: timedelta
    read: timedelta
    total: timedelta


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of an attempt: a status, or the reason why there is none."""

    status: int | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The vendor's retry rules: pauses between attempts, and which receipts end them.

    One attempt more than `pauses` is made. `acknowledges` says that the
    receiver has it, `hopeless` that further attempts are not made.
    """

    pauses: tuple[timedelta, ...]
    patience: Patience
    acknowledges: Callable[[int], bool]
    hopeless: Callable[[Receipt], bool] = lambda _: False


@dataclass(frozen=True, slots=True)
class Address:
    """A callback that a recording carries."""

    url: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """All that a letter can speak of.

    `first_sent_at` is the first attempt's instant, `now` this one's. `base`
    is where clients reach this server; `media_url` a signed link to the audio,
    where the correspondent asked for one and there is audio. `signing_key` is
    the account's own, for callbacks without a hook.
    """

    event: Event
    delivery: Delivery
    hook: Hook | None
    now: datetime
    first_sent_at: datetime
    base: str
    signing_key: str
    media_url: str | None = None


@dataclass(frozen=True, slots=True)
class Correspondent:
    """How a dialect tells of events.

    `words` are its own names of event types; `letter` writes one attempt;
    `callbacks` are the receivers that the event's recording itself names;
    `wants` narrows a hook further than its words do. `terms` are those of the
    link behind `Notice.media_url`.
    """

    words: Mapping[EventType, str]
    letter: Callable[[Notice], Letter]
    schedule: Callable[[Delivery], Schedule]
    callbacks: Callable[[Event], tuple[Address, ...]] = lambda _: ()
    wants: Callable[[Hook, Event], bool] = lambda *_: True
    terms: Terms | None = None
