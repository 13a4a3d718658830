"""What changes see of one another on a server, and what is left of those that fail."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from db.samples import account, keep, recording
from dictabelt.core.errors import Conflict, Invalid, StorageFailed
from dictabelt.core.ids import AccountId
from dictabelt.core.nouns import Account
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.postgresql.database import PostgresqlDatabase
from dictabelt.db.postgresql.pool import Pool
from dictabelt.secret import Seal

DEADLINE = 60


@pytest.fixture
async def both(url: str) -> AsyncIterator[tuple[PostgresqlDatabase, PostgresqlDatabase]]:
    """Two processes' databases over the same rows."""
    seal = Seal(bytes(32))
    one, two = [await PostgresqlDatabase.open(Reach(url, 8), seal=seal) for _ in range(2)]
    yield one, two
    await one.close()
    await two.close()


Both = tuple[PostgresqlDatabase, PostgresqlDatabase]


async def added(database: PostgresqlDatabase) -> Account:
    made = account("ours")
    async with database.write() as tx:
        await tx.accounts.add(made)
    return made


async def test_who_looks_and_then_writes_is_not_overtaken(both: Both) -> None:
    """Twenty processes' worth of `link_seconds += 1`, each by reading first."""
    made = await added(both[0])

    async def one_more(database: PostgresqlDatabase) -> None:
        async with database.write() as tx:
            before = await tx.accounts.get(made.id)
            assert before is not None
            await asyncio.sleep(0)
            after = replace(before, link_seconds=(before.link_seconds or 0) + 1)
            await tx.accounts.put(made.id, after)

    await asyncio.wait_for(asyncio.gather(*(one_more(both[n % 2]) for n in range(20))), DEADLINE)
    async with both[0].read() as view:
        after = await view.accounts.get(made.id)
    assert after is not None
    assert after.link_seconds == 20


async def test_changes_of_another_account_do_not_wait(both: Both) -> None:
    ours, theirs = await added(both[0]), account("theirs")
    async with both[0].write() as tx:
        await tx.accounts.get(ours.id)
        async with asyncio.timeout(DEADLINE), both[1].write() as other:
            await other.accounts.add(theirs)
    async with both[0].read() as view:
        assert len(await view.accounts.all()) == 2


async def test_a_conflict_that_is_passed_over_does_not_acknowledge_what_was_lost(
    both: Both,
) -> None:
    made = await added(both[0])
    lost = recording(made.id)

    async def careless() -> None:
        async with both[0].write() as tx:
            await tx.recordings.add(made.id, lost)
            with pytest.raises(Conflict):
                await tx.accounts.add(made)

    with pytest.raises(StorageFailed):
        await careless()
    async with both[1].read() as view:
        assert await view.recordings.get(made.id, lost.id) is None


async def test_text_with_a_nul_is_refused(both: Both) -> None:
    made = await added(both[0])
    with pytest.raises(Invalid):
        await keep(both[0], recording(made.id, name="a\0b"))


async def test_who_waits_for_an_account_takes_no_connection_from_another(both: Both) -> None:
    """Three times as many wait for one account as there are connections."""
    ours, theirs = await added(both[0]), account("theirs")
    waiting: list[asyncio.Task[Account | None]] = []

    async def late() -> Account | None:
        async with both[1].write() as tx:
            return await tx.accounts.get(ours.id)

    async with both[0].write() as tx:
        await tx.accounts.get(ours.id)
        waiting += [asyncio.create_task(late()) for _ in range(24)]
        await asyncio.sleep(0)
        for _ in range(8):
            async with asyncio.timeout(2), both[1].write() as other, both[1].read() as view:
                assert await view.accounts.get(ours.id) == ours
                assert await other.accounts.get(theirs.id) is None
        assert not any(it.done() for it in waiting)
    assert await asyncio.gather(*waiting) == [ours] * 24


async def test_who_gives_up_waiting_for_an_account_leaves_the_turn_to_the_next(both: Both) -> None:
    made = await added(both[0])

    async def late() -> Account | None:
        async with both[0].write() as tx:
            return await tx.accounts.get(made.id)

    async with both[0].write() as tx:
        await tx.accounts.get(made.id)
        waiting = [asyncio.create_task(late()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
    assert await asyncio.wait_for(asyncio.gather(*waiting[1:]), DEADLINE) == [made] * 2


async def test_a_lock_that_is_not_let_go_is_told(url: str) -> None:
    database = await PostgresqlDatabase.open(Reach(url, 8, lock_ms=50))
    made = await added(database)
    async with database.write() as tx:
        await tx.accounts.get(made.id)
        with pytest.raises(StorageFailed, match="did not end in time"):
            async with database.write() as late:
                await late.accounts.get(made.id)
    await database.close()


async def test_a_statement_that_takes_too_long_is_ended(url: str) -> None:
    connection = await Reach(url, statement_ms=50).connect()
    with pytest.raises(asyncpg.QueryCanceledError):
        await connection.execute("SELECT pg_sleep(60)")
    await connection.close()


async def test_who_is_cancelled_leaves_the_pool_whole(url: str) -> None:
    database = await PostgresqlDatabase.open(Reach(url, 2))
    made = await added(database)
    began = asyncio.Event()

    async def linger() -> None:
        async with database.write() as tx:
            await tx.accounts.get(made.id)
            began.set()
            await asyncio.sleep(DEADLINE)

    for _ in range(5):
        began.clear()
        task = asyncio.create_task(linger())
        await began.wait()
        waiting = asyncio.create_task(linger())
        await asyncio.sleep(0)
        for it in (waiting, task):
            it.cancel()
        await asyncio.gather(task, waiting, return_exceptions=True)
    async with asyncio.timeout(DEADLINE), database.write() as tx:
        assert await tx.accounts.get(made.id) == made
    await database.close()


async def test_who_waits_too_long_for_a_connection_is_told_the_setting(url: str) -> None:
    pool = Pool(Reach(url).connect, 1, patience=0.05)
    held = await pool.take()
    with pytest.raises(StorageFailed, match="database_pool"):
        await pool.take()
    waiting = asyncio.create_task(pool.take())
    await asyncio.sleep(0)
    pool.give(held)
    assert await waiting is held
    pool.give(held)
    await pool.close()


async def test_surveys_go_to_the_primary_while_the_replica_is_down(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = Reach("postgresql://postgres@127.0.0.1:1/vault", 8)
    database = await PostgresqlDatabase.open(Reach(url, 8), replica=nowhere)
    made = await added(database)
    for _ in range(2):
        async with database.survey() as view:
            assert await view.accounts.get(made.id) == made
    assert caplog.messages == ["the replica is left alone for a while"]
    await database.close()


async def test_a_job_wakes_another_process(both: Both) -> None:
    made = await added(both[0])
    jobs, hour = both[0].jobs(), timedelta(hours=1)
    # the first wait begins to listen, and ends once that is so
    await asyncio.wait_for(jobs.wait(("ring",), longest=hour), DEADLINE)
    waiting = asyncio.create_task(jobs.wait(("ring",), longest=hour))
    await _enqueued(both[1], made.id)
    await asyncio.wait_for(waiting, DEADLINE)


async def _enqueued(database: PostgresqlDatabase, owner: AccountId) -> None:
    from dictabelt.core.job import Job

    async with database.write() as tx:
        await tx.jobs.add(owner, Job("ring", owner, {}, due_at=tx.now))


async def test_a_glance_sees_what_is_committed_and_gives_its_connection_back(url: str) -> None:
    database = await PostgresqlDatabase.open(Reach(url, 2))
    made = await added(database)
    for _ in range(5):
        async with database.glance() as look:
            assert await look.accounts.get(made.id) == made
        with pytest.raises(Invalid):
            async with database.glance() as look:
                await look.accounts.named("\0")
    await database.close()
