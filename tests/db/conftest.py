"""A real database in a folder of its own, with two accounts in it."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from db.samples import account
from dictabelt.core.ids import AccountId
from dictabelt.db.schema import upgrade
from dictabelt.db.sqlite import SqliteDatabase
from dictabelt.secret import Seal


@pytest.fixture(scope="session")
def empty_vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "vault.db"
    upgrade(path)
    return path


@pytest.fixture
def path(tmp_path: Path, empty_vault: Path) -> Path:
    return Path(shutil.copy(empty_vault, tmp_path / "vault.db"))


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = SqliteDatabase.open(path, seal=Seal(bytes(32)))
    yield opened
    await opened.close()


@pytest.fixture
async def ours(database: SqliteDatabase) -> AccountId:
    return await _added(database, "ours")


@pytest.fixture
async def theirs(database: SqliteDatabase) -> AccountId:
    return await _added(database, "theirs")


async def _added(database: SqliteDatabase, name: str) -> AccountId:
    made = account(name)
    async with database.write() as tx:
        await tx.accounts.add(made)
    return made.id
