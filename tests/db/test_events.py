"""Events in a real database."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.samples import event, media, minutes, recording, transcription
from dictabelt.core.errors import Conflict
from dictabelt.core.ids import AccountId
from dictabelt.core.ports import Database
from dictabelt.core.search import EventSearch, Page, Window
from dictabelt.core.webhook import EventType


async def test_events_are_found_by_recording_type_and_time(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    one, two = recording(ours), recording(ours)
    done, gone = EventType.COMPLETED, EventType.DELETED
    a = event(one, created_at=minutes(4), type=gone)
    b = event(two, created_at=minutes(3), type=EventType.UPDATED)
    c = event(one, created_at=minutes(2), type=done)
    d = event(one, created_at=minutes(1), type=EventType.CREATED)
    foreign = event(recording(theirs))
    async with database.write() as tx:
        for it in (d, a, foreign, c, b):
            await tx.events.add(it.account, it)
        with pytest.raises(ValueError, match="another account"):
            await tx.events.add(ours, foreign)
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.events.add(ours, a)
    both = frozenset({done.value, gone.value})
    async with database.read() as view:
        for search, window, found in [
            (EventSearch(), Window(9), (a, b, c, d)),
            (EventSearch(recording=one.id), Window(9), (a, c, d)),
            (EventSearch(types=both), Window(9), (a, c)),
            (EventSearch(types=both), Window(9, behind=b.id), (c,)),
            (EventSearch(recording=one.id, types=frozenset({done.value})), Window(9), (c,)),
            (EventSearch(created_from=minutes(2), created_before=minutes(4)), Window(9), (b, c)),
            (EventSearch(), Window(9, ahead=c.id), (a, b)),
            (EventSearch(), Window(9, behind=foreign.id), ()),
            (EventSearch(recording=foreign.recording.id), Window(9), ()),
        ]:
            assert await view.events.find(ours, search, window) == Page(found, more=False)
        assert (await view.events.find(ours, EventSearch(), Window(2))).more
        assert await view.events.get(ours, foreign.id) is None
        assert await view.events.get(theirs, foreign.id) == foreign


async def test_a_row_from_before_the_nouns_gained_a_field_is_read(
    database: Database, path: Path, ours: AccountId
) -> None:
    heard = recording(ours, media=(media(),))
    it = event(heard, transcription=transcription(heard))
    async with database.write() as tx:
        await tx.events.add(ours, it)
    with closing(sqlite3.connect(path)) as connection, connection:
        row = connection.execute("SELECT snapshot, transcription FROM events").fetchone()
        snapshot, written = (json.loads(text) for text in row)
        for name in ("tags", "transcript", "extras", "hold"):
            del snapshot[name]
        del snapshot["media"][0]["fault"], written["segments"], written["summary"]
        snapshot["of_a_later_version"] = 1
        connection.execute(
            "UPDATE events SET snapshot = ?, transcription = ?",
            (json.dumps(snapshot), json.dumps(written)),
        )
    async with database.read() as view:
        assert await view.events.get(ours, it.id) == it
