"""A closed vault, to be damaged: its stored bytes, its rows, and what they say of each other."""

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from dictabelt.app import blobs_of
from dictabelt.core.inventory import Store
from dictabelt.core.repository import read
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.settings import SQLITE, Settings, load
from stocked import Stock, copied

Harm = Callable[[Path], None]


@dataclass(frozen=True)
class Folder:
    """The data folder of a vault that nobody has open, which says where the rest of it is."""

    path: Path

    @property
    def settings(self) -> Settings:
        return load({"data": self.path}, {})

    @property
    def store(self) -> Store:
        return blobs_of(self.settings, self.settings.blobs)

    def rows(self, query: str, *values: object) -> list[Any]:
        """Ids are bytes; what refers to what is nobody's concern."""
        url = self.settings.database
        if url != SQLITE:
            return asyncio.run(_rows(url, query, values))
        with closing(sqlite3.connect(self.path / "vault.sqlite3")) as connection:
            found = connection.execute(query, values).fetchall()
            connection.commit()
        return found

    def blob(self, key: str) -> Path:
        """Of a vault whose blobs are files."""
        return self.path / "blobs" / key

    def blobs(self) -> dict[str, bytes]:
        """All stored bytes by key."""
        return asyncio.run(_blobs(self.store))

    def original(self, recording: UUID) -> str:
        """The key of a recording's first media."""
        query = "SELECT blob FROM media WHERE recording = ? ORDER BY position"
        key: str = self.rows(query, recording.bytes)[0][0]
        return key

    def put(self, key: str, data: bytes) -> None:
        """Brings bytes back under the key that they had."""
        asyncio.run(_put(self.store, key, data))

    def spoil(self, key: str, harm: Harm) -> None:
        """Does harm to stored bytes, which no store would do by itself."""
        asyncio.run(_spoil(self.store, key, harm))


@contextmanager
def closed(stock: Stock, path: Path) -> Iterator[Folder]:
    """A copy of the stock, rows and all, whose folder says where it is."""
    copy = copied(stock, path)
    with asyncio.Runner() as runner:
        runner.run(copy.__aenter__())
        try:
            yield Folder(path)
        finally:
            runner.run(copy.__aexit__(None, None, None))


async def _rows(url: str, query: str, values: tuple[object, ...]) -> list[Any]:
    numbers = count(1)
    text = "".join(f"${next(numbers)}" if it == "?" else it for it in query)
    connection = await Reach(url).connect()
    try:
        await connection.execute("SET session_replication_role = replica")
        return [tuple(it) for it in await connection.fetch(text, *values)]
    finally:
        await connection.close()


async def _blobs(store: Store) -> dict[str, bytes]:
    listed = store.keys()
    return {key: await read(await store.open(key)) async for key in listed}


async def _spoil(store: Store, key: str, harm: Harm) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blob"
        path.write_bytes(await read(await store.open(key)))
        harm(path)
        if path.exists():
            await _put(store, key, path.read_bytes())
        else:
            await store.delete(key)


async def _put(store: Store, key: str, data: bytes) -> None:
    await store.delete(key)
    await store.put(key, _once(data))


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def flip(path: Path) -> None:
    """One bit in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\0")


def remove(path: Path) -> None:
    path.unlink()
