"""Events as rows: each with its recording as it was."""

from sqlalchemy import bindparam, null, select, update

from dictabelt.core.ids import AccountId, EventId, RecordingId
from dictabelt.core.search import EventSearch, Page, Window
from dictabelt.core.webhook import Event, EventType
from dictabelt.db import newest
from dictabelt.db.event_tables import events
from dictabelt.db.ownership import same_account
from dictabelt.db.query import Query, Row, Runner, Values, insertion
from dictabelt.db.values import (
    optional,
    read_id,
    read_instant,
    read_recording,
    read_transcription,
    write_id,
    write_instant,
    write_json,
)

GET = Query(
    select(events).where(
        events.c.account == bindparam("of_account"), events.c.id == bindparam("of_id")
    ),
    "of_account",
    "of_id",
)
ADD = insertion(events)
FORGET_WORDS = Query(
    update(events)
    .where(
        events.c.account == bindparam("of_account"),
        events.c.recording == bindparam("of_recording"),
    )
    .values(transcription=null()),
    "of_account",
    "of_recording",
)


def event_of(row: Row) -> Event:
    """The event that a row tells of."""
    account, id, created_at, kind, _recording, snapshot, transcription = row
    return Event(
        id=EventId(read_id(id)),
        account=AccountId(read_id(account)),
        type=EventType(kind),
        created_at=read_instant(created_at),
        recording=read_recording(snapshot),
        transcription=optional(read_transcription, transcription),
    )


def event_row(account: AccountId, it: Event) -> Values:
    """Reverses `event_of`."""
    return (
        write_id(account),
        write_id(it.id),
        write_instant(it.created_at),
        it.type.value,
        write_id(it.recording.id),
        write_json(it.recording),
        optional(write_json, it.transcription),
    )


class Events:
    """Events in one transaction."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def get(self, account: AccountId, id: EventId) -> Event | None:
        rows = await self._runner.rows(GET, (write_id(account), write_id(id)))
        return event_of(rows[0]) if rows else None

    async def find(self, account: AccountId, search: EventSearch, window: Window) -> Page[Event]:
        """Newest first."""
        types = enumerate(sorted(search.types))
        conditions = {
            **{f"{newest.TYPE}{number}": it for number, it in types},
            "recording": optional(write_id, search.recording),
            "created_from": optional(write_instant, search.created_from),
            "created_before": optional(write_instant, search.created_before),
        }
        return await newest.page(
            self._runner, account, table=events, given=(conditions, window), read=event_of
        )

    async def add(self, account: AccountId, event: Event) -> None:
        """Raises Conflict when the id is taken."""
        same_account(account, event.account)
        await self._runner.touch(ADD, event_row(account, event))

    async def forget_words(self, account: AccountId, recording: RecordingId) -> None:
        """What was said in a recording, wherever its events hold it."""
        await self._runner.touch(FORGET_WORDS, (write_id(account), write_id(recording)))
