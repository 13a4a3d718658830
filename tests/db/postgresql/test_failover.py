"""A server that restarts under load: nothing acknowledged is lost, and all goes on by itself."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from db.postgresql.loads import Load
from db.samples import account
from dictabelt.core.errors import StorageFailed
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.postgresql.database import PostgresqlDatabase
from dictabelt.db.postgresql.schema import upgrade
from postgres import Cluster, Server, own_server

WORKERS = 8
DEADLINE = 120


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One of our own, that may be stopped; what it acknowledged is on the disk."""
    with own_server(options=()) as running:
        yield running


@pytest.fixture
async def restartable(server: Server) -> AsyncIterator[PostgresqlDatabase]:
    url = await Cluster(server.url).make()
    await upgrade(Reach(url))
    database = await PostgresqlDatabase.open(Reach(url, connections=WORKERS))
    yield database
    await database.close()


@pytest.mark.parametrize("how", ["fast", "immediate"])
async def test_a_restart_under_load_loses_nothing_acknowledged(
    server: Server, restartable: PostgresqlDatabase, how: str
) -> None:
    load = Load(restartable)
    works = [load.write(number) for number in range(WORKERS // 2)]
    tasks = [asyncio.create_task(it) for it in [*works, load.read(), load.read()]]
    async with asyncio.timeout(DEADLINE):
        await load.more(20)
        for _ in range(2):
            await asyncio.to_thread(server.stop, how)
            await asyncio.to_thread(server.start)
            await load.more(20)
    load.over = True
    await asyncio.gather(*tasks)
    assert load.refused
    async with restartable.read() as view:
        there = {it.name for it in await view.accounts.all()}
    assert set(load.acknowledged) <= there


async def test_connections_that_died_idle_are_not_noticed(
    server: Server, restartable: PostgresqlDatabase
) -> None:
    async def look() -> None:
        async with restartable.read() as view:
            await view.accounts.all()

    await asyncio.gather(*(look() for _ in range(WORKERS)))
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)
    await asyncio.gather(*(look() for _ in range(WORKERS)))


async def test_a_server_that_is_down_is_told_at_once(
    server: Server, restartable: PostgresqlDatabase
) -> None:
    await asyncio.to_thread(server.stop)
    try:
        with pytest.raises(StorageFailed, match="does not answer"):
            async with restartable.write() as tx:
                await tx.accounts.add(account("never"))
    finally:
        await asyncio.to_thread(server.start)
    async with restartable.write() as tx:
        await tx.accounts.add(account("later"))
