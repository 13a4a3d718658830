"""A vault of an older schema keeps what it had, and finds it as before."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from db import old_rows, revisions
from dictabelt.core.findings import Finding
from dictabelt.core.ids import AccountId
from dictabelt.core.nouns import Direction
from dictabelt.core.search import Search, Window
from dictabelt.db.schema import upgrade
from dictabelt.db.sqlite import SqliteDatabase

OURS, CHANNEL = UUID(int=1), UUID(int=9)
ROWS = """
INSERT INTO accounts (id, name, created_at, media_public, delivery)
  VALUES (x'{account}', 'ours', 1, 1, 'proxy');
INSERT INTO calls (account, id, direction, channel, caller, callee, caller_number, callee_number)
  VALUES (x'{account}', x'{call}', 'inbound', x'{channel}',
    '{{"number":"+15550001111"}}', '{{"number":"+15550002222"}}', '+15550001111', '+15550002222');
INSERT INTO recordings (account, id, created_at, updated_at, source, origin, leg, state, call,
    track, trim, transcription, extras, hold, tags, source_id)
  VALUES
    (x'{account}', x'{of_call}', 7, 7, 'call', 'upload', 'pstn', 'available', x'{call}',
      'both', 'do_not_trim', 0, '{{}}', 0, '["a"]', x'{call}'),
    (x'{account}', x'{other}', 8, 8, 'call', 'upload', 'pstn', 'available', NULL,
      'both', 'do_not_trim', 0, '{{}}', 0, '[]', x'{other}');
INSERT INTO tags (account, tag, recording) VALUES (x'{account}', 'a', x'{of_call}');
INSERT INTO media (account, recording, position, id, created_at, kind, content_type, state)
  VALUES (x'{account}', x'{of_call}', 0, x'{media}', 7, 'audio', 'audio/wav', 'uploaded');
INSERT INTO findings (account, finding, recording, media)
  VALUES (x'{account}', 'dtmf', x'{of_call}', x'{media}');
"""
IDS = {
    "account": OURS,
    "call": UUID(int=2),
    "channel": CHANNEL,
    "of_call": UUID(int=3),
    "other": UUID(int=4),
    "media": UUID(int=5),
}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file of revision 0004 with a recording of a call, tagged and heard, and another."""
    path = tmp_path / "old.db"
    revisions.make(path, "0004")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(ROWS.format(**{name: it.hex for name, it in IDS.items()}))
    return path


@pytest.mark.parametrize(
    "search",
    [
        Search(number="+15550001111"),
        Search(callee="+15550002222"),
        Search(channel=CHANNEL),
        Search(direction=Direction.INBOUND),
        Search(tag="a"),
        Search(finding=Finding.DTMF),
    ],
)
async def test_what_was_found_before_an_upgrade_is_found_after_it(
    old: Path, search: Search
) -> None:
    database = SqliteDatabase.open(old)
    try:
        async with database.read() as tx:
            page = await tx.recordings.find(AccountId(OURS), search, Window(9))
            both = await tx.recordings.find(AccountId(OURS), Search(), Window(9))
    finally:
        await database.close()
    assert [it.id.int for it in page.items] == [3]
    assert [it.id.int for it in both.items] == [4, 3]
    assert page.items[0].created_at.microsecond == 7


def test_old_recordings_are_put_into_the_classes_of_new_ones(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    revisions.make(path, "0007")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(old_rows.inserts("x'{}'"))
    upgrade(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(old_rows.CLASSES).fetchall() == old_rows.expected()
