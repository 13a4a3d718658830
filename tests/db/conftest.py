"""A real database of each engine, with two accounts in it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from conftest import ENGINES
from db.samples import account
from dictabelt.core.ids import AccountId
from dictabelt.core.ports import Database
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.postgresql.database import PostgresqlDatabase
from dictabelt.db.postgresql.schema import upgrade as upgrade_server
from dictabelt.db.schema import upgrade
from dictabelt.db.sqlite import SqliteDatabase
from dictabelt.secret import Seal
from postgres import Cluster

Opening = Callable[[], AbstractAsyncContextManager[Database]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every engine, but SQLite alone for what asks for its file."""
    if "engine" not in metafunc.fixturenames:
        return
    files = "path" in metafunc.fixturenames
    asked = metafunc.config.getoption("--engine")
    metafunc.parametrize("engine", ["sqlite"] if files else [asked] if asked else ENGINES)


@pytest.fixture(scope="session")
def empty_vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "vault.db"
    upgrade(path)
    return path


@pytest.fixture(scope="session")
def empty_database(cluster: Cluster) -> str:
    """The URL of an empty vault, which every test leaves as it was."""
    url = asyncio.run(cluster.make())
    asyncio.run(upgrade_server(Reach(url)))
    return url


@pytest.fixture
def path(tmp_path: Path, empty_vault: Path) -> Path:
    return Path(shutil.copy(empty_vault, tmp_path / "vault.db"))


@pytest.fixture
async def url(cluster: Cluster, empty_database: str) -> AsyncIterator[str]:
    """An empty vault on a server."""
    yield empty_database
    await cluster.empty(empty_database)


@pytest.fixture
def opening(engine: str, request: pytest.FixtureRequest) -> Opening:
    """Opens an empty vault of the engine."""
    if engine == "sqlite":
        return partial(_file, request.getfixturevalue("path"))
    return partial(
        _server, request.getfixturevalue("cluster"), request.getfixturevalue("empty_database")
    )


@pytest.fixture
async def database(opening: Opening) -> AsyncIterator[Database]:
    async with opening() as opened:
        yield opened


@asynccontextmanager
async def _file(path: Path) -> AsyncIterator[Database]:
    opened = SqliteDatabase.open(path, seal=Seal(bytes(32)))
    yield opened
    await opened.close()


@asynccontextmanager
async def _server(cluster: Cluster, url: str) -> AsyncIterator[Database]:
    opened = await PostgresqlDatabase.open(Reach(url, connections=32), seal=Seal(bytes(32)))
    try:
        yield opened
    finally:
        await opened.close()
        await cluster.empty(url)


@pytest.fixture
async def ours(database: Database) -> AccountId:
    return await _added(database, "ours")


@pytest.fixture
async def theirs(database: Database) -> AccountId:
    return await _added(database, "theirs")


async def _added(database: Database, name: str) -> AccountId:
    made = account(name)
    async with database.write() as tx:
        await tx.accounts.add(made)
    return made.id
