"""Surveys of a server that follows another, and changes after it took that one's place."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import asyncpg
import pytest

from db.postgresql.loads import Load
from db.samples import account
from dictabelt.core.access import Access, Credentials
from dictabelt.core.accounts import Accounts, Grant
from dictabelt.core.errors import StorageFailed, Unauthorized
from dictabelt.core.job import Job
from dictabelt.core.nouns import Account, Principal, Scope
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
    """Surveys the follower."""
    behind = Reach(follower.url_of(name))
    opened = await PostgresqlDatabase.open(Reach(primary.url_of(name)), replica=behind)
    yield opened
    await opened.close()


async def added(database: PostgresqlDatabase, name: str) -> Account:
    made = account(name)
    async with database.write() as tx:
        await tx.accounts.add(made)
    return made


async def surveyed(database: PostgresqlDatabase) -> set[str]:
    async with database.survey() as view:
        return {it.name for it in await view.accounts.all()}


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


@pytest.fixture
async def behind(
    primary: Server, follower: Server, database: PostgresqlDatabase
) -> AsyncIterator[PostgresqlDatabase]:
    """Its replica stands still."""
    await caught_up(primary, follower)
    await tell(follower, "SELECT pg_wal_replay_pause()")
    yield database
    await tell(follower, "SELECT pg_wal_replay_resume()")


async def test_surveys_alone_come_from_the_replica(
    primary: Server, follower: Server, behind: PostgresqlDatabase
) -> None:
    await added(behind, "not there yet")
    assert await surveyed(behind) == set()
    assert await names(behind) == {"not there yet"}
    await tell(follower, "SELECT pg_wal_replay_resume()")
    await caught_up(primary, follower)
    assert await surveyed(behind) == {"not there yet"}


async def test_a_job_is_found_and_done_whatever_the_replica_has(
    behind: PostgresqlDatabase,
) -> None:
    made = await added(behind, "ours")
    async with behind.write() as tx:
        await tx.jobs.add(made.id, Job("ring", made.id, {}, due_at=tx.now))
    jobs, hour = behind.jobs(), timedelta(hours=1)
    assert [it.due for it in await jobs.queued()] == [1]
    # one whose job is due returns at once
    await asyncio.wait_for(jobs.wait(("ring",), longest=hour), DEADLINE)
    leased = await jobs.lease(("ring",), lasting=hour)
    assert leased is not None
    async with behind.read() as tx:
        assert await tx.accounts.get(leased.job.account) == made
    assert await jobs.done(leased)
    assert await jobs.queued() == ()


async def test_a_key_that_was_revoked_is_refused_at_once(behind: PostgresqlDatabase) -> None:
    made = await added(behind, "ours")
    accounts, access = Accounts(behind, bytes(32)), Access(behind, bytes(32))
    owner = Principal(account=made.id, scopes=frozenset({Scope.ADMIN}))
    issued = await accounts.issue_key(owner, Grant("desk", frozenset({Scope.READ})))
    offered = Credentials(issued.token)
    assert (await access.authenticate(offered, "native")).account == made.id
    await accounts.revoke_key(owner, issued.key.id)
    with pytest.raises(Unauthorized):
        await access.authenticate(offered, "native")


async def test_without_its_replica_the_primary_is_surveyed(
    primary: Server,
    follower: Server,
    database: PostgresqlDatabase,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await added(database, "ours")
    await caught_up(primary, follower)
    assert await surveyed(database) == {"ours"}
    assert not caplog.messages
    await asyncio.to_thread(follower.stop, "immediate")
    assert await surveyed(database) == {"ours"}
    await added(database, "new")
    assert await surveyed(database) == {"ours", "new"}
    assert set(caplog.messages) == {"the replica is left alone for a while"}


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
