"""Reads from a server that follows another, and changes after it took that one's place."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from db.postgresql.loads import Load
from db.samples import account
from dictabelt.core.errors import StorageFailed
from dictabelt.core.nouns import Account
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.postgresql.database import PostgresqlDatabase
from dictabelt.db.postgresql.schema import upgrade
from postgres import Cluster, Server, own_server, replica

DEADLINE = 120
WRITERS = 4


@pytest.fixture
def primary() -> Iterator[Server]:
    with own_server(options=()) as running:
        yield running


@pytest.fixture
def follower(primary: Server) -> Iterator[Server]:
    with replica(primary) as running:
        yield running


@pytest.fixture
async def name(primary: Server) -> str:
    """Of a database with the tables of a vault."""
    url = await Cluster(primary.url).make()
    await upgrade(Reach(url))
    return url.rpartition("/")[2]


@pytest.fixture
async def database(
    primary: Server, follower: Server, name: str
) -> AsyncIterator[PostgresqlDatabase]:
    """Reads from the follower."""
    behind = Reach(follower.url_of(name))
    opened = await PostgresqlDatabase.open(Reach(primary.url_of(name)), replica=behind)
    yield opened
    await opened.close()


async def added(database: PostgresqlDatabase, name: str) -> Account:
    made = account(name)
    async with database.write() as tx:
        await tx.accounts.add(made)
    return made


async def names(database: PostgresqlDatabase) -> set[str]:
    async with database.read() as view, database.glance() as glance:
        seen, glanced = await view.accounts.all(), await glance.accounts.all()
    assert {it.name for it in seen} == {it.name for it in glanced}
    return {it.name for it in seen}


async def tell(server: Server, statement: str) -> None:
    connection = await asyncpg.connect(server.url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def caught_up(primary: Server, follower: Server) -> None:
    """Returns once the follower has all that is committed."""
    ahead, behind = await asyncpg.connect(primary.url), await asyncpg.connect(follower.url)
    try:
        target = await ahead.fetchval("SELECT pg_current_wal_lsn()::text")
        reached = f"SELECT pg_last_wal_replay_lsn() >= '{target}'::pg_lsn"
        async with asyncio.timeout(DEADLINE):
            while not await behind.fetchval(reached):
                continue
    finally:
        await ahead.close()
        await behind.close()


async def test_reads_come_from_the_replica_and_changes_go_to_the_primary(
    primary: Server, follower: Server, database: PostgresqlDatabase
) -> None:
    await caught_up(primary, follower)
    await tell(follower, "SELECT pg_wal_replay_pause()")
    await added(database, "not there yet")
    assert await names(database) == set()
    await tell(follower, "SELECT pg_wal_replay_resume()")
    await caught_up(primary, follower)
    assert await names(database) == {"not there yet"}


async def test_without_its_replica_the_primary_is_read(
    primary: Server, follower: Server, database: PostgresqlDatabase
) -> None:
    await added(database, "ours")
    await caught_up(primary, follower)
    assert await names(database) == {"ours"}
    await asyncio.to_thread(follower.stop, "immediate")
    assert await names(database) == {"ours"}
    await added(database, "new")
    assert await names(database) == {"ours", "new"}


async def test_a_replica_is_no_primary(follower: Server, name: str, primary: Server) -> None:
    await caught_up(primary, follower)
    opened = await PostgresqlDatabase.open(Reach(follower.url_of(name)))
    with pytest.raises(StorageFailed, match="only reads"):
        await added(opened, "never")
    await opened.close()


async def test_a_replica_that_takes_over_has_all_that_was_acknowledged(
    primary: Server, follower: Server, name: str
) -> None:
    """The primary waits for its replica before it acknowledges, and then is gone for good."""
    await tell(primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
    await tell(primary, "SELECT pg_reload_conf()")
    hosts = f"127.0.0.1:{primary.port},127.0.0.1:{follower.port}"
    url = f"postgresql://postgres@{hosts}/{name}?target_session_attrs=primary"
    database = await PostgresqlDatabase.open(Reach(url, connections=WRITERS))
    load = Load(database)
    tasks = [asyncio.create_task(it) for it in (*map(load.write, range(WRITERS)), load.read())]
    async with asyncio.timeout(DEADLINE):
        await load.more(20)
        await asyncio.to_thread(primary.stop, "immediate")
        await asyncio.to_thread(follower.promote)
        await load.more(20)
    load.over = True
    await asyncio.gather(*tasks)
    assert load.refused
    assert set(load.acknowledged) <= await names(database)
    await database.close()
