"""Making the tables on a server, and bringing old ones up to date."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

from db import old_rows
from dictabelt.core.errors import StorageFailed
from dictabelt.db.copying import TABLES
from dictabelt.db.migrations.run import config
from dictabelt.db.postgresql.catalogue import faults
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.postgresql.database import PostgresqlDatabase
from dictabelt.db.postgresql.schema import current, upgrade
from dictabelt.db.schema import HEAD
from postgres import Cluster

DEADLINE = 120
SHAPE = """
SELECT table_name || '.' || column_name, data_type || is_nullable || coalesce(column_default, '')
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
"""


@pytest.fixture
async def bare(cluster: Cluster) -> AsyncIterator[str]:
    """A database without tables."""
    url = await cluster.make()
    yield url
    await cluster.drop(url)


async def did(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for it in statements:
            await connection.execute(it)
    finally:
        await connection.close()


async def shape(url: str) -> dict[str, str]:
    """Every column, index and constraint by name."""
    connection = await asyncpg.connect(url)
    try:
        found = dict(map(tuple, await connection.fetch(SHAPE)))
    finally:
        await connection.close()
    return {name: it for name, it in found.items() if not name.startswith("alembic_version")}


async def in_sqlalchemy(url: str, work: "object") -> "object":
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=Reach(url).patient, poolclass=NullPool
    )
    try:
        async with engine.begin() as session:
            return await session.run_sync(work)  # type: ignore[arg-type]
    finally:
        await engine.dispose()


def differences(connection: Connection) -> object:
    return compare_metadata(MigrationContext.configure(connection), TABLES[0].metadata)


async def test_a_migrated_database_is_the_same_as_a_fresh_one(cluster: Cluster, url: str) -> None:
    fresh = await cluster.make()
    await in_sqlalchemy(fresh, TABLES[0].metadata.create_all)
    assert await shape(url) == await shape(fresh)
    assert "recordings.id" in await shape(url)
    await cluster.drop(fresh)


async def test_alembic_finds_no_difference_to_the_tables(url: str) -> None:
    assert await in_sqlalchemy(url, differences) == []


async def test_the_revision_of_a_vault_is_told_and_of_none_is_none(bare: str, url: str) -> None:
    assert (await current(Reach(bare)), await current(Reach(url))) == (None, HEAD)


def to(revision: str) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)

    return work


async def test_an_old_database_is_brought_up_to_date_with_its_rows(bare: str, url: str) -> None:
    await in_sqlalchemy(bare, to("0001"))
    row = "INSERT INTO accounts VALUES (gen_random_uuid(), 'old', 1, true, NULL, 'proxy')"
    await did(bare, row)
    database = await PostgresqlDatabase.open(Reach(bare))
    async with database.read() as view:
        [it] = await view.accounts.all()
    await database.close()
    assert (it.name, it.packing) == ("old", False)
    assert await shape(bare) == await shape(url)


async def test_old_recordings_are_put_into_the_classes_of_new_ones(bare: str) -> None:
    await in_sqlalchemy(bare, to("0007"))
    await did(bare, old_rows.inserts("'{}'"))
    await upgrade(Reach(bare))
    connection = await asyncpg.connect(bare)
    try:
        found = [tuple(it) for it in await connection.fetch(old_rows.CLASSES)]
    finally:
        await connection.close()
    assert found == old_rows.expected()


async def test_an_upgrade_beside_another_server_is_refused_with_the_fix(bare: str) -> None:
    await in_sqlalchemy(bare, to("0007"))
    other = await asyncpg.connect(bare)
    try:
        async with other.transaction():
            await other.fetch("SELECT id FROM recordings")
            async with asyncio.timeout(DEADLINE):
                with pytest.raises(StorageFailed, match="stop the other servers"):
                    await upgrade(Reach(bare, lock_ms=50))
            await other.fetch("SELECT direction FROM recordings")
    finally:
        await other.close()
    await upgrade(Reach(bare))
    assert await current(Reach(bare)) == HEAD


def test_processes_that_start_together_make_one_database(cluster: Cluster) -> None:
    url = asyncio.run(cluster.make())
    code = (
        "import asyncio, sys; from dictabelt.db.postgresql.connecting import Reach;"
        "from dictabelt.db.postgresql.schema import upgrade;"
        "asyncio.run(upgrade(Reach(sys.argv[1])))"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(3)]
    assert [it.wait(DEADLINE) for it in started] == [0, 0, 0]
    assert asyncio.run(current(Reach(url))) == HEAD


async def test_a_migration_that_fails_half_way_leaves_nothing(bare: str) -> None:
    # the name is one that the third table needs, and no table that `current` sees
    await did(bare, "CREATE SEQUENCE link_keys")
    with pytest.raises(StorageFailed):
        await upgrade(Reach(bare))
    assert await shape(bare) == {}
    await did(bare, "DROP SEQUENCE link_keys")
    await upgrade(Reach(bare))


async def test_a_database_of_a_newer_version_is_left_alone(bare: str) -> None:
    await upgrade(Reach(bare))
    await did(bare, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageFailed, match=r"a newer Dictabelt.* install that version"):
        await PostgresqlDatabase.open(Reach(bare))
    assert await current(Reach(bare)) == "9999"


async def test_a_database_of_another_program_is_left_alone(bare: str) -> None:
    await did(bare, "CREATE TABLE songs (title TEXT)")
    with pytest.raises(StorageFailed, match="choose another one"):
        await PostgresqlDatabase.open(Reach(bare))
    assert list(await shape(bare)) == ["songs.title"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("/test_", "/no_test_"), "no such database"),
        (("postgres@", "nobody_here@"), "refuse|does not exist|no such"),
        (("postgresql://", "postgresql://[::"), "no URL"),
    ],
)
async def test_a_url_that_leads_nowhere_is_named_with_the_fix(
    url: str, change: tuple[str, str], reason: str
) -> None:
    with pytest.raises(StorageFailed, match=reason):
        await PostgresqlDatabase.open(Reach(url.replace(*change)))


async def test_nobody_listens_is_told_without_the_password() -> None:
    with pytest.raises(StorageFailed, match="does not answer") as told:
        await PostgresqlDatabase.open(Reach("postgresql://me:secret@127.0.0.1:1/vault"))
    assert "secret" not in str(told.value)


async def test_no_table_is_left_out_of_a_copy(url: str) -> None:
    names = {it.split(".")[0] for it in await shape(url) if "." in it}
    assert {it.name for it in TABLES} == names


async def test_to_tell_what_is_missing_changes_nothing_about_how_tables_are_made(url: str) -> None:
    before = [str(CreateTable(it)) for it in TABLES]
    connection = await Reach(url).connect()
    try:
        assert await faults(connection) == []
    finally:
        await connection.close()
    assert [str(CreateTable(it)) for it in TABLES] == before
