"""A made-up vault on a server: the same rows as in a file, in the schema of any other vault."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import asyncpg
import pytest

from bench import postgresql_rows, postgresql_server, seed_rows
from bench.engines import ENGINES, Where
from bench.plausible import Source
from bench.plausible_rows import parts
from bench.postgresql_rows import PostgresqlVaults
from bench.processes import Failed
from bench.sqlite_rows import SqliteVaults
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.postgresql.schema import upgrade
from dictabelt.db.sides import copying
from postgres import Cluster

MANY = 1000
SHAPE = """
SELECT table_name || '.' || column_name, data_type || is_nullable || coalesce(column_default, '')
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conname || contype::text, pg_get_constraintdef(oid) || convalidated::text
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT relname || relkind::text, relpersistence::text || coalesce(reloptions::text, '')
FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""


@pytest.fixture(scope="module")
def seeded(cluster: Cluster) -> Iterator[str]:
    """The URL of a vault, filled on a server that is named."""
    vaults = PostgresqlVaults(cluster.url)
    count = MANY + uuid4().int % 1000
    seed_rows.seed(vaults, count)
    url = cluster.url_of(f"rows_{count}")
    assert vaults.has(count)
    yield url
    asyncio.run(cluster.drop(url))


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that another user may enter: PostgreSQL does not run as root."""
    if not postgresql_server.available():
        pytest.skip("there is no PostgreSQL to start")
    with TemporaryDirectory() as made:
        Path(made).chmod(0o711)
        yield Path(made)


async def told(url: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return sorted(tuple(it) for it in await connection.fetch(query))
    finally:
        await connection.close()


async def test_it_is_like_any_other_vault(seeded: str, cluster: Cluster) -> None:
    other = await cluster.make()
    await upgrade(Reach(other))
    assert await told(seeded, SHAPE) == await told(other, SHAPE)
    await cluster.drop(other)


async def test_the_server_knows_what_is_in_it(seeded: str) -> None:
    # what other transactions may still see is not marked, as few as there are
    pages = "SELECT relname, relallvisible > 0 FROM pg_class WHERE relname = 'recordings'"
    assert await told(seeded, pages) == [("recordings", True)]
    known = "SELECT count(*) > 10 FROM pg_stats WHERE tablename = 'recordings'"
    assert await told(seeded, known) == [(True,)]


async def test_the_same_number_gives_the_same_rows_as_in_a_file(
    seeded: str, tmp_path: Path
) -> None:
    count = int(seeded.rpartition("_")[2].partition("?")[0])
    files = SqliteVaults(tmp_path)
    seed_rows.seed(files, count)
    async with copying(f"sqlite:{files.place(count)}", seeded) as both:
        sums = await both.compare()
    assert [one for one, other in sums if one != other] == []
    assert {one.table: one.rows for one, _ in sums}["recordings"] == count


def test_what_was_not_filled_to_the_end_is_no_vault(cluster: Cluster) -> None:
    vaults = PostgresqlVaults(cluster.url)
    name, [table, rows] = uuid4().int % 1_000_000 + 10_000_000, next(parts(Source(10)))
    with (
        pytest.raises(asyncpg.UniqueViolationError) as refused,
        vaults.filling(name) as into,
    ):
        into.write(table, [*rows, *rows])
    # what others of those at work had to say is not lost
    assert isinstance(refused.value.__cause__, ExceptionGroup)
    assert not vaults.has(name)
    asyncio.run(cluster.drop(cluster.url_of(f"rows_{name}_part")))


def test_a_server_in_a_folder_is_found_again_with_what_it_has(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [seed_rows.FLAG, "200", "--engine", "postgresql", str(folder)]
    assert seed_rows.main(line) == 0
    assert "200 recordings in" in capsys.readouterr().out
    assert [it.name for it in folder.iterdir()] == ["postgresql"]
    with ENGINES["postgresql"](Where(folder)) as vaults:
        assert vaults.has(200)
        assert not vaults.has(201)
        assert "shared_buffers" in vaults.settings()


def test_a_server_is_asked_as_safe_as_it_came(folder: Path) -> None:
    with postgresql_rows.in_folder(folder) as vaults:
        seed_rows.seed(vaults, 20)
        for setting in ("fsync", "full_page_writes", "autovacuum"):
            assert asyncio.run(told(vaults.url, f"SHOW {setting}")) == [("on",)]


def test_a_folder_that_the_server_may_not_enter_is_named(folder: Path) -> None:
    if postgresql_server.user() is None:
        pytest.skip("whoever made the folder runs the server")
    folder.chmod(0o700)
    with pytest.raises(Failed, match=str(folder)), ENGINES["postgresql"](Where(folder)):
        pass
