"""What a view sees, and when it ends."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from db.samples import account, keep, recording
from dictabelt.core.errors import StorageFailed
from dictabelt.core.ids import AccountId
from dictabelt.db.readers import IDLE
from dictabelt.db.sqlite import SqliteDatabase


async def test_a_view_stays_as_it_was_at_its_first_look(
    database: SqliteDatabase, ours: AccountId
) -> None:
    before, after = recording(ours), recording(ours)
    await keep(database, before)
    async with database.read() as view:
        assert await view.recordings.newest(ours, 10, None) == [before]
        await keep(database, after)
        assert await view.recordings.newest(ours, 10, None) == [before]
        assert await view.recordings.get(ours, after.id) is None
    async with database.read() as view:
        assert await view.recordings.get(ours, after.id) == after


async def test_no_view_sees_what_is_not_committed(
    database: SqliteDatabase, ours: AccountId
) -> None:
    it = recording(ours)
    async with database.write() as tx:
        await tx.recordings.add(ours, it)
        assert await tx.recordings.get(ours, it.id) == it
        async with database.read() as view:
            assert await view.recordings.get(ours, it.id) is None
    async with database.read() as view:
        assert await view.recordings.get(ours, it.id) == it


async def test_views_open_at_once_do_not_disturb_one_another(
    database: SqliteDatabase, ours: AccountId
) -> None:
    early, late = recording(ours), recording(ours)
    await keep(database, early)
    async with AsyncExitStack() as stack:
        views = [await stack.enter_async_context(database.read()) for _ in range(2 * IDLE)]
        assert await views[0].recordings.get(ours, late.id) is None
        await keep(database, late)
        assert await views[0].recordings.get(ours, late.id) is None
        for view in views[1:]:
            assert await view.recordings.get(ours, late.id) == late


async def test_a_view_that_failed_leaves_nothing_behind(
    database: SqliteDatabase, ours: AccountId
) -> None:
    late = recording(ours)

    async def look_then_raise() -> None:
        async with database.read() as view:
            assert await view.recordings.get(ours, late.id) is None
            raise LookupError

    with pytest.raises(LookupError):
        await look_then_raise()
    await keep(database, late)
    async with database.read() as view:
        assert await view.recordings.get(ours, late.id) == late


async def test_a_view_cannot_write_even_if_the_types_are_gone_around(
    database: SqliteDatabase,
) -> None:
    async with database.read() as view:
        accounts: Any = view.accounts
        with pytest.raises(StorageFailed):
            await accounts.add(account("new"))
    async with database.read() as view:
        assert await view.accounts.all() == []


async def test_a_transaction_is_of_no_use_after_its_end(database: SqliteDatabase) -> None:
    async with database.read() as view:
        pass
    async with database.write() as tx:
        pass
    with pytest.raises(StorageFailed):
        await view.accounts.all()
    with pytest.raises(StorageFailed):
        await tx.accounts.add(account("late"))
    async with database.read() as view:
        assert await view.accounts.all() == []


async def test_now_is_one_instant_of_the_transaction_in_utc(database: SqliteDatabase) -> None:
    async with database.read() as view, database.write() as tx:
        assert view.now == view.now
        assert tx.now == tx.now
        assert view.now.tzinfo is UTC
        assert timedelta() <= tx.now - view.now < timedelta(minutes=1)


async def test_a_closed_database_refuses_and_leaves_one_file(path: Path) -> None:
    database = SqliteDatabase.open(path)
    async with database.read() as view:
        async with database.write() as tx:
            await tx.accounts.add(account("kept"))
        assert len(await view.accounts.all()) == 1
    await database.close()
    with pytest.raises(StorageFailed, match="closed"):
        async with database.read():
            pass
    with pytest.raises(StorageFailed, match="closed"):
        async with database.write():
            pass
    assert [it.name for it in path.parent.iterdir()] == [path.name]


async def test_closing_waits_for_who_writes_and_spares_who_reads(path: Path) -> None:
    database = SqliteDatabase.open(path)
    async with database.read() as view:
        async with database.write() as tx:
            closing = asyncio.create_task(database.close())
            await asyncio.sleep(0)
            await tx.accounts.add(account("kept"))
        await closing
        assert len(await view.accounts.all()) == 1
