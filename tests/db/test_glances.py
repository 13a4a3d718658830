"""What a glance sees: always what is committed, whoever did it, though it remembers."""

import asyncio
import random
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.samples import account, api_key, call, keep, media, minutes, recording
from dictabelt.core.errors import StorageFailed
from dictabelt.core.ids import AccountId
from dictabelt.core.nouns import Recording
from dictabelt.core.ports import Database
from dictabelt.db.engine import connect
from dictabelt.db.memory import Memory
from dictabelt.db.runner import SqliteRunner
from dictabelt.db.seal import NoSeal
from dictabelt.db.sqlite import SqliteDatabase
from dictabelt.db.transaction import Transaction
from dictabelt.secret import Seal

NAMED = "UPDATE recordings SET name = 'named elsewhere'"


@pytest.fixture
async def stranger(database: SqliteDatabase, path: Path) -> AsyncIterator[SqliteDatabase]:
    """Another database on the same file, as another process has it."""
    opened = SqliteDatabase.open(path, seal=Seal(bytes(32)))
    yield opened
    await opened.close()


async def glanced(database: Database, owner: AccountId, it: Recording) -> Recording | None:
    async with database.glance() as tx:
        return await tx.recordings.get(owner, it.id)


async def test_what_is_changed_or_deleted_is_seen_at_the_next_glance(
    database: Database, ours: AccountId
) -> None:
    it = recording(ours, name="before")
    assert await glanced(database, ours, it) is None
    await keep(database, it)
    assert await glanced(database, ours, it) == it
    for now in (replace(it, name="after"), it.deleted(minutes(5))):
        async with database.write() as tx:
            await tx.recordings.put(ours, now)
            assert await glanced(database, ours, it) == it
            it = now
        assert await glanced(database, ours, it) == (None if it.deleted_at else it)


async def test_a_key_revoked_is_seen_as_revoked(database: Database, ours: AccountId) -> None:
    key = api_key(ours)
    async with database.write() as tx:
        await tx.keys.add(key)
    async with database.glance() as tx:
        assert await tx.keys.by_digest(key.digest) == key
    async with database.write() as tx:
        await tx.keys.revoke(ours, key.id, minutes(1))
    async with database.glance() as tx:
        assert await tx.keys.by_digest(key.digest) == replace(key, revoked_at=minutes(1))


async def test_an_account_and_a_call_changed_are_seen(database: Database, ours: AccountId) -> None:
    talk = call(ours, vendor_id="CA-1")
    it = recording(ours, call=talk)
    await keep(database, it)
    async with database.glance() as tx:
        owner = await tx.accounts.get(ours)
        assert await tx.calls.by_vendor_id(ours, "CA-1") == talk
        assert await tx.recordings.of_call(ours, talk.id) == [it]
    assert owner is not None
    later = replace(talk, vendor_id="CA-2")
    async with database.write() as tx:
        await tx.accounts.put(ours, replace(owner, media_public=not owner.media_public))
        await tx.calls.put(ours, later)
        await tx.recordings.put_media(ours, it.id, added := media())
    async with database.glance() as tx:
        seen = await tx.accounts.get(ours)
        assert seen == replace(owner, media_public=not owner.media_public)
        assert await tx.calls.by_vendor_id(ours, "CA-1") is None
        assert await tx.calls.by_vendor_id(ours, "CA-2") == later
        there = [replace(it, call=later, media=(added,))]
        assert await tx.recordings.of_call(ours, talk.id) == there


async def test_what_another_process_commits_is_seen(
    database: SqliteDatabase, path: Path, ours: AccountId
) -> None:
    it = recording(ours, name="before")
    await keep(database, it)
    assert await glanced(database, ours, it) == it
    code = (
        "import sqlite3, sys; it = sqlite3.connect(sys.argv[1]);"
        "it.execute(sys.argv[2]); it.commit(); it.close()"
    )
    subprocess.run([sys.executable, "-c", code, path, NAMED], check=True, timeout=60)  # noqa: ASYNC221
    assert await glanced(database, ours, it) == replace(it, name="named elsewhere")


async def test_what_is_rolled_back_is_never_seen(
    database: SqliteDatabase, path: Path, ours: AccountId
) -> None:
    it = recording(ours)
    await keep(database, it)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute(NAMED)
        assert await glanced(database, ours, it) == it
        other.execute("ROLLBACK")
    assert await glanced(database, ours, it) == it


async def test_nothing_is_read_twice_while_nothing_is_committed(
    database: SqliteDatabase, path: Path, ours: AccountId
) -> None:
    it = recording(ours)
    await keep(database, it)
    first = await glanced(database, ours, it)
    assert await glanced(database, ours, it) is first
    async with database.read():
        pass
    assert await glanced(database, ours, it) is first
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(NAMED)
    assert await glanced(database, ours, it) is not first


async def test_another_accounts_noun_is_not_remembered_for_us(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    it = recording(theirs)
    await keep(database, it)
    assert await glanced(database, theirs, it) == it
    assert await glanced(database, ours, it) is None


@pytest.mark.parametrize("seed", range(3))
async def test_glances_agree_with_views_whoever_wrote_last(
    database: SqliteDatabase, stranger: SqliteDatabase, ours: AccountId, seed: int
) -> None:
    chance = random.Random(seed)
    them = [recording(ours) for _ in range(4)]
    for it in them:
        await keep(database, it)
    for number in range(60):
        writer, reader = (chance.choice((database, stranger)) for _ in range(2))
        if chance.random() < 0.4:
            changed = replace(chance.choice(them), name=f"name {number}")
            async with writer.write() as tx:
                await tx.recordings.put(ours, changed)
        async with reader.read() as view:
            right = [await view.recordings.get(ours, it.id) for it in them]
        assert [await glanced(reader, ours, it) for it in them] == right


async def test_many_glances_at_once_each_see_what_is_committed(
    database: Database, ours: AccountId
) -> None:
    it = recording(ours)
    async with AsyncExitStack() as stack:
        looks = [await stack.enter_async_context(database.glance()) for _ in range(8)]
        await keep(database, it)
        assert [await one.recordings.get(ours, it.id) for one in looks] == [it] * 8


async def test_a_list_given_away_is_the_takers_own(database: Database, ours: AccountId) -> None:
    talk = call(ours)
    await keep(database, it := recording(ours, call=talk))
    for _ in range(2):
        async with database.glance() as tx:
            found = await tx.recordings.of_call(ours, talk.id)
        assert found == [it]
        found.clear()


async def test_a_glance_is_of_no_use_after_its_end(database: Database, ours: AccountId) -> None:
    it = recording(ours)
    await keep(database, it)
    assert await glanced(database, ours, it) == it
    async with database.glance() as tx:
        pass
    with pytest.raises(StorageFailed):
        await tx.recordings.get(ours, it.id)


async def test_a_closed_database_refuses_glances_but_those_begun(path: Path) -> None:
    database = SqliteDatabase.open(path)
    async with database.glance() as tx:
        await database.close()
        assert await tx.accounts.all() == []
    with pytest.raises(StorageFailed, match="closed"):
        async with database.glance():
            pass
    assert [it.name for it in path.parent.iterdir()] == [path.name]


async def twice(look: Callable[[], Awaitable[object]]) -> tuple[object, object]:
    return await look(), await look()


async def test_memory_has_its_limit(database: SqliteDatabase, path: Path, ours: AccountId) -> None:
    small = [recording(ours, name=f"small {n}") for n in range(9)]
    large = recording(ours, metadata={"text": "x" * 8_000})
    for it in (*small, large):
        await keep(database, it)
    memory = Memory(8_000)
    with closing(connect(path)) as connection:

        def look(it: Recording) -> Awaitable[Recording | None]:
            runner = SqliteRunner(connection, memory)
            return Transaction(runner, minutes(0), seal=NoSeal()).recordings.get(ours, it.id)

        first = [await look(it) for it in small]
        again = [await look(it) for it in small]
        assert first == again == small
        assert not all(one is two for one, two in zip(first, again, strict=True))
        one, two = await twice(lambda: look(large))
        assert one == two == large
        assert one is not two
        one, two = await twice(lambda: look(small[0]))
        assert one is two


async def test_a_cancelled_glance_leaves_its_connection_for_the_next(
    database: SqliteDatabase, ours: AccountId
) -> None:
    it = recording(ours)
    await keep(database, it)

    async def wait() -> None:
        async with database.glance() as tx:
            await tx.recordings.get(ours, it.id)
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await glanced(database, ours, it) == it


async def test_an_account_is_found_after_the_name_is_given_away(database: Database) -> None:
    async with database.write() as tx:
        await tx.accounts.add(first := account("desk"))
    async with database.glance() as tx:
        assert await tx.accounts.named("desk") == first
    async with database.write() as tx:
        await tx.accounts.put(first.id, replace(first, name="hall"))
        await tx.accounts.add(second := account("desk"))
    async with database.glance() as tx:
        assert await tx.accounts.named("desk") == second
