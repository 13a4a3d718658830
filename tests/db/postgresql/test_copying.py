"""Moving a vault between databases: everything, once, and whatever happened before."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import asyncpg
import pytest

from db.samples import keep, recording
from dictabelt.core.errors import StorageFailed
from dictabelt.core.ids import AccountId
from dictabelt.core.ports import Database
from dictabelt.db import copying as copies
from dictabelt.db.copying import TABLES, Copy
from dictabelt.db.sides import copying
from dictabelt.db.sqlite import SqliteDatabase
from stocked import Stock

Places = tuple[str, str]


@pytest.fixture
def places(stocked: Stock, url: str) -> Places:
    """The stock, with something in most tables, and an empty vault on a server."""
    return f"sqlite:{stocked.folder / 'vault.sqlite3'}", url


async def whole(work: Copy) -> int:
    """Copies and compares; how many rows there are."""
    heard: list[int] = []
    await work.run(heard.append)
    sums = await work.compare()
    assert all(one == other for one, other in sums)
    assert sum(heard) == await work.count() == sum(one.rows for one, _ in sums)
    return sum(heard)


async def test_a_vault_goes_to_a_server_and_back(places: Places, tmp_path: Path) -> None:
    source, url = places
    async with copying(source, url) as there:
        assert await whole(there) > 50
    async with copying(url, f"sqlite:{tmp_path / 'back.db'}") as back:
        await whole(back)
    async with copying(source, f"sqlite:{tmp_path / 'back.db'}") as again:
        assert all(one == other for one, other in await again.compare())
