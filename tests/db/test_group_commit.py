"""Writes share a commit, and nothing else."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from db.samples import account, call, recording
from dictabelt.core.errors import Conflict, StorageFailed
from dictabelt.core.ids import AccountId
from dictabelt.core.nouns import Account, Recording
from dictabelt.db.engine import connect, connect_reader
from dictabelt.db.glances import Glances
from dictabelt.db.readers import Readers
from dictabelt.db.seal import NoSeal
from dictabelt.db.sqlite import SqliteDatabase
from dictabelt.db.writer import Writer

DEADLINE = 30


Moment = Callable[[asyncio.Event], Awaitable[None]]


def after_steps(count: int) -> Moment:
    """While the turn is waited for: the loop goes round, the body has not begun."""

    async def moment(_inside: asyncio.Event) -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    return moment


def steps_after_inside(count: int) -> Moment:
    """In the body at first, then while others have their turn, then while the commit runs."""

    async def moment(inside: asyncio.Event) -> None:
        await inside.wait()
        await after_steps(count)(inside)

    return moment


MOMENTS = [*map(after_steps, range(4)), *map(steps_after_inside, range(10))]


@dataclass
class Traced:
    """A database whose writing connection is in the test's hands."""

    path: Path
    connection: sqlite3.Connection
    database: SqliteDatabase
    owner: Account = field(default_factory=lambda: account("owner"))
    statements: list[str] = field(default_factory=list)
    threads: dict[str, int] = field(default_factory=dict)

    def trace(self, statement: str) -> None:
        self.statements.append(statement)
        self.threads[statement] = threading.get_ident()

    async def add(self, it: Recording) -> None:
        async with self.database.write() as tx:
            await tx.recordings.add(self.owner.id, it)

    def new(self) -> Recording:
        return recording(self.owner.id)

    def durable(self, *them: Recording) -> list[bool]:
        """Which of them a stranger to the process would find."""
        with closing(sqlite3.connect(self.path)) as other:
            there = {id for (id,) in other.execute("SELECT id FROM recordings")}
        return [it.id.bytes in there for it in them]


async def together(*works: Awaitable[None]) -> list[BaseException | None]:
    """What became of each; a deadlock fails instead of hanging."""
    gathered = asyncio.gather(*works, return_exceptions=True)
    return await asyncio.wait_for(gathered, DEADLINE)


@pytest.fixture
async def traced(path: Path) -> AsyncIterator[Traced]:
    connection = connect(path)
    opening = partial(connect_reader, path)
    readers, glances = Readers(opening, seal=NoSeal()), Glances(opening, seal=NoSeal())
    database = SqliteDatabase(readers, glances, writer=Writer(connection, seal=NoSeal()))
    it = Traced(path, connection, database)
    async with database.write() as tx:
        await tx.accounts.add(it.owner)
    connection.set_trace_callback(it.trace)
    yield it
    await database.close()


async def test_many_writes_are_durable_in_few_commits(traced: Traced) -> None:
    async def add_and_look(it: Recording) -> bool:
        await traced.add(it)
        return traced.durable(it) == [True]

    them = [traced.new() for _ in range(50)]
    assert all(await asyncio.gather(*map(add_and_look, them)))
    assert all(traced.durable(*them))
    assert traced.statements.count("COMMIT") <= 5


async def test_waiting_for_the_disk_or_the_lock_is_not_done_on_the_loop(traced: Traced) -> None:
    await traced.add(traced.new())
    loop = threading.get_ident()
    assert traced.threads["SAVEPOINT body"] == loop
    assert loop not in (traced.threads["BEGIN IMMEDIATE"], traced.threads["COMMIT"])


async def test_a_batch_has_a_limit(traced: Traced) -> None:
    await together(*(traced.add(traced.new()) for _ in range(300)))
    assert traced.statements.count("COMMIT") >= 2


async def test_a_body_that_raises_is_rolled_back_alone(traced: Traced) -> None:
    async def add_then_raise(it: Recording) -> None:
        async with traced.database.write() as tx:
            await tx.recordings.add(traced.owner.id, it)
            raise LookupError

    good, bad = [traced.new() for _ in range(10)], [traced.new() for _ in range(10)]
    work = [task for one, two in zip(good, bad, strict=True)
            for task in (traced.add(one), add_then_raise(two))]  # fmt: skip
    results = await together(*work)
    assert [type(it) for it in results] == [type(None), LookupError] * 10
    assert traced.durable(*good) == [True] * 10
    assert traced.durable(*bad) == [False] * 10


async def test_a_conflict_is_the_business_of_its_body_alone(traced: Traced) -> None:
    same = traced.new()
    work = [traced.add(it) for it in (traced.new(), same, same, traced.new())]
    results = await together(*work)
    assert [type(it) for it in results] == [type(None), type(None), Conflict, type(None)]


async def test_a_body_sees_what_the_one_before_it_wrote(traced: Traced) -> None:
    it = traced.new()

    async def look() -> Recording | None:
        async with traced.database.write() as tx:
            return await tx.recordings.get(traced.owner.id, it.id)

    _, seen = await asyncio.gather(traced.add(it), look())
    assert seen == it
    assert traced.statements.count("COMMIT") == 1


async def test_bodies_run_one_after_the_other(traced: Traced) -> None:
    inside: list[int] = []

    async def linger(number: int) -> None:
        async with traced.database.write():
            inside.append(number)
            await asyncio.sleep(0)
            inside.append(number)

    await together(*map(linger, range(5)))
    assert inside == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_who_is_cancelled_anywhere_takes_nobody_along(traced: Traced, moment: Moment) -> None:
    before, it, after = traced.new(), traced.new(), traced.new()
    inside = asyncio.Event()

    async def add_slowly() -> None:
        async with traced.database.write() as tx:
            await tx.recordings.add(traced.owner.id, it)
            inside.set()
            await asyncio.sleep(0)

    works = (traced.add(before), add_slowly(), traced.add(after))
    tasks = [asyncio.create_task(work) for work in works]
    await moment(inside)
    tasks[1].cancel()
    results = await together(*tasks)
    assert [results[0], results[2]] == [None, None]
    assert traced.durable(before, after) == [True, True]
    if results[1] is None:
        assert traced.durable(it) == [True]
    await traced.add(traced.new())


async def test_a_failed_commit_fails_every_body_of_the_batch(traced: Traced) -> None:
    orphan = recording(traced.owner.id, call=call(traced.owner.id))

    async def add_orphan() -> None:
        async with traced.database.write() as tx:
            traced.connection.execute("PRAGMA defer_foreign_keys = ON")
            await tx.recordings.add(traced.owner.id, orphan)

    first, last = traced.new(), traced.new()
    work = (traced.add(first), add_orphan(), traced.add(last))
    results = await together(*work)
    assert [type(it) for it in results] == [StorageFailed] * 3
    assert traced.durable(first, orphan, last) == [False] * 3
    await traced.add(first)
    assert traced.durable(first) == [True]


async def test_a_full_disk_fails_the_batch_and_no_later_one(traced: Traced) -> None:
    (pages,) = traced.connection.execute("PRAGMA page_count").fetchone()
    traced.connection.execute(f"PRAGMA max_page_count = {pages + 8}")
    big = recording(traced.owner.id, name="x" * 1_000_000)
    first, last = traced.new(), traced.new()
    work = (traced.add(first), traced.add(big), traced.add(last))
    results = await together(*work)
    assert isinstance(results[1], StorageFailed)
    assert "full" in str(results[1])
    assert traced.durable(first, big, last) == [it is None for it in results]
    traced.connection.execute("PRAGMA max_page_count = 1000000")
    await traced.add(big)
    assert traced.durable(big) == [True]


async def test_a_body_cannot_pass_over_a_full_disk(traced: Traced) -> None:
    (pages,) = traced.connection.execute("PRAGMA page_count").fetchone()
    traced.connection.execute(f"PRAGMA max_page_count = {pages + 8}")
    big, small = recording(traced.owner.id, name="x" * 1_000_000), traced.new()

    async def stubborn() -> None:
        async with traced.database.write() as tx:
            for it in (big, small):
                with pytest.raises(StorageFailed):
                    await tx.recordings.add(traced.owner.id, it)

    with pytest.raises(StorageFailed):
        await stubborn()
    assert traced.durable(big, small) == [False, False]


async def test_a_body_cannot_pass_over_a_write_that_failed(traced: Traced) -> None:
    first, second = traced.new(), traced.new()

    async def careless() -> None:
        async with traced.database.write() as tx:
            await tx.recordings.add(traced.owner.id, first)
            traced.connection.execute("PRAGMA query_only = ON")
            with pytest.raises(StorageFailed):
                await tx.recordings.add(traced.owner.id, second)
            traced.connection.execute("PRAGMA query_only = OFF")

    with pytest.raises(StorageFailed):
        await careless()
    assert traced.durable(first, second) == [False, False]


async def test_another_process_that_writes_makes_only_writers_wait(traced: Traced) -> None:
    it = traced.new()
    with closing(sqlite3.connect(traced.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        work = asyncio.create_task(traced.add(it))
        for _ in range(100):
            async with traced.database.read() as view:
                assert await view.recordings.get(traced.owner.id, it.id) is None
            await asyncio.sleep(0)
        assert not work.done()
        other.execute("COMMIT")
    await asyncio.wait_for(work, DEADLINE)
    assert traced.durable(it) == [True]


async def test_another_process_that_does_not_let_go_is_named(traced: Traced) -> None:
    traced.connection.execute("PRAGMA busy_timeout = 1")
    them = [traced.new() for _ in range(3)]
    with closing(sqlite3.connect(traced.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        results = await together(*map(traced.add, them))
        assert [type(it) for it in results] == [StorageFailed] * 3
        assert "another process" in str(results[0])
    await together(*map(traced.add, them))
    assert traced.durable(*them) == [True] * 3


def test_one_database_serves_one_loop_after_the_other(path: Path) -> None:
    owner = account("owner")

    async def add() -> None:
        async with database.write() as tx:
            await tx.accounts.add(owner)

    async def look() -> list[AccountId]:
        async with database.read() as view:
            return [it.id for it in await view.accounts.all()]

    database = SqliteDatabase.open(path)
    asyncio.run(add())
    assert asyncio.run(look()) == [owner.id]
    asyncio.run(database.close())


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_loop_that_stops_among_writes_leaves_the_database_in_order(
    path: Path, moment: Moment
) -> None:
    async def add(name: str, inside: asyncio.Event) -> None:
        async with database.write() as tx:
            await tx.accounts.add(account(name))
            inside.set()
            await asyncio.sleep(0)

    async def leave_early() -> None:
        inside = asyncio.Event()
        left = [asyncio.create_task(add(name, inside)) for name in ("first", "second")]
        await moment(inside)
        assert left

    async def look() -> set[str]:
        async with database.read() as view:
            return {it.name for it in await view.accounts.all()}

    database = SqliteDatabase.open(path)
    asyncio.run(leave_early())
    assert asyncio.run(together(add("last", asyncio.Event()))) == [None]
    assert asyncio.run(look()) in ({"last"}, {"first", "last"}, {"first", "second", "last"})
    asyncio.run(database.close())
