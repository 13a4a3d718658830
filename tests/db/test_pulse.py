"""The version of the rows: another one after any commit, of any process, and not otherwise."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from db.samples import account
from dictabelt.core.errors import StorageFailed
from dictabelt.core.ids import AccountId
from dictabelt.db.sqlite import SqliteDatabase


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    """A file; a server has no such sign."""
    opened = SqliteDatabase.open(path)
    yield opened
    await opened.close()


@pytest.fixture
async def ours(database: SqliteDatabase) -> AccountId:
    made = account("ours")
    async with database.write() as tx:
        await tx.accounts.add(made)
    return made.id


async def test_reading_leaves_the_version(database: SqliteDatabase, ours: AccountId) -> None:
    before = database.pulse()
    async with database.read() as tx:
        assert await tx.accounts.get(ours) is not None
    after = database.pulse()
    assert after.version == before.version
    assert after.now > before.now


async def test_each_commit_makes_another_version(database: SqliteDatabase) -> None:
    versions = {database.pulse().version}
    for name in ("one", "two", "three"):
        async with database.write() as tx:
            await tx.accounts.add(account(name))
        versions.add(database.pulse().version)
    assert len(versions) == 4


async def test_what_another_process_commits_makes_one_too(
    database: SqliteDatabase, path: Path
) -> None:
    before = database.pulse().version
    second = SqliteDatabase.open(path)
    async with second.write() as tx:
        await tx.accounts.add(account("theirs"))
    await second.close()
    assert database.pulse().version != before


async def test_a_closed_database_has_no_pulse(database: SqliteDatabase) -> None:
    database.pulse()
    await database.close()
    with pytest.raises(StorageFailed):
        database.pulse()
