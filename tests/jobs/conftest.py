"""Every adapter of durable jobs, one after the other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest

from conftest import ENGINES
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.postgresql.schema import upgrade
from jobs.queues import Queue, postgresql, sqlite
from postgres import Cluster

Opening = Callable[..., AbstractAsyncContextManager[Queue]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        asked = metafunc.config.getoption("--engine")
        metafunc.parametrize("engine", [asked] if asked else ENGINES)


@pytest.fixture(scope="session")
def empty_database(cluster: Cluster) -> str:
    """The URL of an empty vault, which every test leaves as it was."""
    url = asyncio.run(cluster.make())
    asyncio.run(upgrade(Reach(url)))
    return url


@pytest.fixture
def opening(engine: str, request: pytest.FixtureRequest) -> Opening:
    if engine == "sqlite":
        return partial(sqlite, request.getfixturevalue("tmp_path"))
    return partial(postgresql, request.getfixturevalue("url"))


@pytest.fixture
def url(cluster: Cluster, empty_database: str) -> str:
    """An empty vault on a server."""
    asyncio.run(cluster.empty(empty_database))
    return empty_database


@pytest.fixture
async def queue(opening: Opening) -> AsyncIterator[Queue]:
    async with opening() as opened:
        yield opened
