"""A deep page is no more work than the first; counted in steps of SQLite's machine, not in time."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from db.samples import NOON, call, keep, media, recording
from dictabelt.core.analysis import Analysis
from dictabelt.core.findings import Finding, Findings
from dictabelt.core.ids import AccountId, CallId, TranscriptionId
from dictabelt.core.media import Media
from dictabelt.core.nouns import Direction, Party, Recording, State
from dictabelt.core.search import Page, Search, Window
from dictabelt.db.classes import started
from dictabelt.db.engine import connect_reader
from dictabelt.db.recordings import Recordings
from dictabelt.db.runner import SqliteRunner
from dictabelt.db.sqlite import SqliteDatabase
from dictabelt.db.tables import recordings
from dictabelt.db.values import write_instant

MANY = 20_000
TO_AN_INSTANT = 7
LAST = MANY // TO_AN_INSTANT
# a time that is open is a hundred walks, and a walk that finds nothing is twenty steps
FEW = 2500
LONG = 5 * 3_600_000
LAG = timedelta(hours=20)
LONG_AGO = NOON - timedelta(days=3000)
CHANNEL = UUID("6c1f5cf6-0f4e-4f0e-8f55-0d8f5d0c7a11")
CALL = CallId(UUID("0a8a3f3e-7f39-4e0c-a7a3-1f3c3a6a8d55"))

# every second one is of the device, every fourth deleted
COPIES = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many)
INSERT INTO recordings (id, created_at, started_at, device_id, deleted_at, {columns})
SELECT randomblob(16), created_at + 1000000 * (n / :each),
  created_at + 1000000 * (n / :each), iif(n % 2, 'd', 'e'),
  iif(n % 4 = 3, created_at + 1000000 * :many, NULL), {columns}
FROM recordings, numbers
"""


@pytest.fixture
async def deep(database: SqliteDatabase, path: Path, ours: AccountId) -> Path:
    """A file with very many copies of one recording, seven to a second."""
    given = {"created_at": NOON, "started_at": NOON, "duration_ms": 60_000}
    first = recording(ours, call=call(ours, id=CALL), **given)
    await keep(database, first)
    own = {"id", "created_at", "started_at", "device_id", "deleted_at"}
    columns = ", ".join(f'"{it.name}"' for it in recordings.c if it.name not in own)
    with closing(sqlite3.connect(path)) as connection, connection:
        text = COPIES.replace("{columns}", columns)
        connection.execute(text, {"many": MANY, "each": TO_AN_INSTANT})
    return path


class Counter:
    """Finds pages on a connection that counts."""

    def __init__(self, connection: sqlite3.Connection, owner: AccountId) -> None:
        self._recordings = Recordings(SqliteRunner(connection))
        self._owner = owner
        self._steps = 0
        connection.set_progress_handler(self._step, 1)

    def _step(self) -> int:
        self._steps += 1
        return 0

    async def find(self, search: Search, window: Window) -> tuple[Page[Recording], int]:
        """A page and the steps that it took."""
        self._steps = 0
        return await self._recordings.find(self._owner, search, window), self._steps


@pytest.fixture
async def imported(database: SqliteDatabase, path: Path, ours: AccountId) -> Path:
    """A file with what was brought in order, 20 hours after it started; of 600 days before NOON."""
    await keep(database, recording(ours, created_at=NOON, started_at=NOON - LAG))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.row_factory = sqlite3.Row
        first = dict(connection.execute("SELECT * FROM recordings").fetchone())
        text = f"INSERT INTO recordings VALUES ({', '.join(f':{it}' for it in first)})"
        connection.executemany(text, (earlier(first, n) for n in range(1, MANY)))
    return path


def earlier(row: dict[str, object], n: int) -> dict[str, object]:
    created_at = NOON - n * timedelta(days=600) / MANY
    at, began = write_instant(created_at), write_instant(created_at - LAG)
    day, month, era = started(at, began)
    own = {"id": n.to_bytes(16), "created_at": at, "started_at": began}
    return row | own | {"started_day": day, "started_month": month, "started_era": era}


@pytest.mark.parametrize(
    ("search", "count"),
    [
        (Search(started_from=NOON - timedelta(hours=10)), 0),
        (Search(started_from=NOON - timedelta(days=30)), 50),
        (Search(started_from=NOON - timedelta(days=30), started_before=NOON), 50),
        (Search(started_before=NOON - timedelta(days=400)), 50),
        (Search(started_before=NOON - timedelta(days=700)), 0),
    ],
)
async def test_of_what_was_brought_in_order_a_day_at_the_edge_is_passed_over(
    imported: Path, ours: AccountId, search: Search, count: int
) -> None:
    with closing(connect_reader(imported)) as connection:
        counter = Counter(connection, ours)
        _, least = await counter.find(Search(), Window(50))
        page, steps = await counter.find(search, Window(50))
    assert len(page.items) == count
    assert steps < 2 * least


def recording_nearest(path: Path, second: int) -> UUID:
    with closing(sqlite3.connect(path)) as connection:
        at = write_instant(NOON + timedelta(seconds=second))
        query = "SELECT id FROM recordings WHERE created_at = ? LIMIT 1"
        return UUID(bytes=connection.execute(query, (at,)).fetchone()[0])


@pytest.mark.parametrize(
    "search",
    [
        Search(),
        Search(created_before=NOON + timedelta(seconds=LAST)),
        Search(created_from=NOON),
        Search(call=CALL),
        Search(call=CALL, states=frozenset({State.AVAILABLE})),
        Search(source=CALL, created_before=NOON + timedelta(seconds=LAST)),
        Search(device_id="d", created_from=NOON),
        Search(states=frozenset({State.AVAILABLE, State.FAILED})),
        Search(transcribed=False),
        Search(longest_ms=LONG),
        Search(started_from=NOON, started_before=NOON + timedelta(days=20)),
        Search(started_from=NOON),
        Search(deleted_since=NOON),
    ],
)
async def test_a_deep_page_takes_no_more_steps_than_the_first(
    deep: Path, ours: AccountId, search: Search
) -> None:
    with closing(connect_reader(deep)) as connection:
        counter = Counter(connection, ours)
        first, least = await counter.find(search, Window(50))
        assert len(first.items) == 50
        assert first.more
        for second in (LAST // 2, 50):
            place = recording_nearest(deep, second)
            for window in (Window(50, behind=place), Window(50, ahead=place)):
                page, steps = await counter.find(search, window)
                assert len(page.items) == 50
                assert steps < 1.2 * least
        place = recording_nearest(deep, LAST - 50)
        page, steps = await counter.find(search, Window(50, ahead=place))
        assert len(page.items) == 50
        assert steps < 1.2 * least


async def test_skipping_costs_what_it_skips(deep: Path, ours: AccountId) -> None:
    with closing(connect_reader(deep)) as connection:
        counter = Counter(connection, ours)
        _, least = await counter.find(Search(), Window(50))
        page, steps = await counter.find(Search(), Window(50, skip=10_000))
        assert len(page.items) == 50
        assert steps > least + 10_000


def too_fast(it: Recording, file: Media) -> Analysis:
    found = Findings(
        names=(Finding.WRONG_SPEED,),
        talk=(1.0,),
        together=0.0,
        nobody=0.0,
        longest_silence=0.0,
        longest_silence_at=0.0,
        clipped=(0.0,),
        alike=None,
        speed=1.5,
        tones=0,
        tone_marks=(),
    )
    return Analysis(file.id, it.id, NOON, "test", found)


@pytest.mark.parametrize(
    "search",
    [
        Search(number="+15550009999"),
        Search(caller="+15550009999"),
        Search(tag="rare"),
        Search(finding=Finding.WRONG_SPEED),
        Search(channel=CHANNEL),
        Search(end_user_id="rare"),
        Search(direction=Direction.INBOUND),
        Search(transcribed=True),
        Search(transcribed=True, direction=Direction.INBOUND, states=frozenset({State.AVAILABLE})),
        Search(shortest_ms=LONG),
        Search(shortest_ms=LONG, direction=Direction.INBOUND),
        Search(started_from=LONG_AGO, started_before=LONG_AGO + timedelta(days=20)),
        Search(started_from=LONG_AGO, started_before=LONG_AGO + timedelta(days=200)),
        Search(started_before=LONG_AGO + timedelta(days=1), transcribed=True),
        Search(tag="rare", states=frozenset({State.AVAILABLE}), direction=Direction.INBOUND),
    ],
)
async def test_what_is_rare_is_found_without_a_look_at_the_rest(
    database: SqliteDatabase, deep: Path, ours: AccountId, search: Search
) -> None:
    rare = call(ours, direction=Direction.INBOUND, caller=Party("+15550009999"), channel=CHANNEL)
    files = (media(), media())
    oldest = recording(
        ours,
        created_at=NOON - timedelta(days=1),
        call=rare,
        tags=("rare",),
        end_user_id="rare",
        started_at=LONG_AGO + timedelta(hours=3),
        duration_ms=LONG,
        transcript=TranscriptionId(CALL),
        media=files,
    )
    await keep(database, oldest)
    async with database.write() as tx:
        for file in files:
            await tx.analyses.put(ours, too_fast(oldest, file))
    with closing(connect_reader(deep)) as connection:
        page, steps = await Counter(connection, ours).find(search, Window(50))
    assert page == Page((oldest,), more=False)
    assert steps < FEW
