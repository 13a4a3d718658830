"""Moving a vault between databases: everything, once, and whatever happened before."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.samples import account
from dictabelt.core.errors import StorageFailed
from dictabelt.db.copying import Copy
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.sides import copying
from dictabelt.db.sqlite import SqliteDatabase
from stocked import Stock

Places = tuple[str, str]

# Every place that a copy may be cut off at, in rows.
CUTS = (1, 7, 60, 61, 100)


@pytest.fixture
def places(stocked: Stock, url: str, rows_in_folder: None) -> Places:
    """The stock, and an empty vault on a server."""
    return f"sqlite:{stocked.folder / 'vault.sqlite3'}", url


class Cut(Exception):
    """The copy was cut off."""


async def whole(work: Copy) -> int:
    """Copies and compares; how many rows there are."""
    heard: list[int] = []
    await work.run(heard.append)
    sums = await work.compare()
    assert all(one == other for one, other in sums)
    assert await work.count() == sum(one.rows for one, _ in sums)
    return sum(heard)


async def test_a_vault_goes_to_a_server_and_back(places: Places, tmp_path: Path) -> None:
    source, url = places
    back = f"sqlite:{tmp_path / 'back.db'}"
    async with copying(source, url) as there:
        assert await whole(there) == await there.count() > 50
        filled = {one.table for one, _ in await there.compare() if one.rows}
    assert {"recordings", "media", "jobs", "events", "analyses", "link_keys"} <= filled | {"jobs"}
    async with copying(url, back) as here:
        await whole(here)
    async with copying(source, back) as again:
        assert all(one == other for one, other in await again.compare())


@pytest.mark.parametrize("rows", CUTS)
async def test_a_copy_that_was_cut_off_goes_on(places: Places, rows: int) -> None:
    heard: list[int] = []

    def cut(count: int) -> None:
        heard.append(count)
        if sum(heard) >= rows:
            raise Cut

    async with copying(*places, page=3) as first:
        with pytest.raises(Cut):
            await first.run(cut)
    async with copying(*places, page=3) as second:
        await whole(second)


async def test_a_row_that_differs_is_found(places: Places) -> None:
    async with copying(*places) as work:
        await work.run(lambda count: None)
    connection = await Reach(places[1]).connect()
    await connection.execute("UPDATE recordings SET hold = NOT hold WHERE name IS NULL")
    await connection.close()
    async with copying(*places) as work:
        wrong = [one.table for one, other in await work.compare() if one != other]
    assert wrong == ["recordings"]


async def test_a_database_of_another_vault_is_refused_as_it_is(
    places: Places, tmp_path: Path
) -> None:
    path = tmp_path / "theirs.db"
    theirs = SqliteDatabase.open(path)
    async with theirs.write() as tx:
        await tx.accounts.add(account("theirs"))
    await theirs.close()
    async with copying(*places) as work:
        await work.run(lambda count: None)
    for source, target in ((places[0], f"sqlite:{path}"), (f"sqlite:{path}", places[1])):
        async with copying(source, target) as work:
            before = await work.compare()
            with pytest.raises(StorageFailed, match="choose an empty database"):
                await work.run(lambda count: None)
            assert await work.compare() == before


async def test_an_old_source_is_not_copied(stocked: Stock, tmp_path: Path, url: str) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
    with pytest.raises(StorageFailed, match="db upgrade"):
        async with copying(f"sqlite:{path}", url):
            pass
    with pytest.raises(StorageFailed, match="no vault"):
        async with copying(f"sqlite:{tmp_path / 'none.db'}", url):
            pass


async def test_a_place_that_is_none_is_named(url: str) -> None:
    with pytest.raises(StorageFailed, match=r"^mysql: write sqlite:PATH"):
        async with copying("mysql://me:hush@there", url):
            pass
    with pytest.raises(StorageFailed, match=r"^mysql: write sqlite:PATH"):
        async with copying(url, "mysql://me:hu/sh@there"):
            pass
