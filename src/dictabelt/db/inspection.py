"""The database file itself: its own checks, and a copy of it while it is in use."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from dictabelt.core.damage import DatabaseFault
from dictabelt.core.ports import Database
from dictabelt.db.engine import connect_reader, refusal
from dictabelt.db.sqlite import SqliteDatabase

_MOST = 20
_FIX = "stop the server and `dictabelt restore` the newest backup"


class SqliteFile:
    """One SQLite file, whoever writes to it meanwhile."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def faults(self) -> list[DatabaseFault]:
        """What SQLite finds wrong, in its own words, at most 20 of a kind. Raises StorageFailed."""
        found = await asyncio.to_thread(_faults, self._path)
        return [DatabaseFault(reason, _FIX) for reason in found]

    async def remarks(self) -> list[str]:
        """None: SQLite's checks see all."""
        return []

    async def copy(self, target: Path) -> None:
        """All that is committed at one instant, as a database file. Raises StorageFailed."""
        await asyncio.to_thread(_copy, self._path, target)

    @asynccontextmanager
    async def opened(self, copy: Path) -> AsyncIterator[Database]:
        """The rows of a copy; what is sealed stays so. Raises StorageFailed."""
        async with opened_copy(copy) as database:
            yield database


@asynccontextmanager
async def opened_copy(copy: Path) -> AsyncIterator[Database]:
    """The rows of a file that nobody else has; what is sealed stays so. Raises StorageFailed."""
    database = SqliteDatabase.open(copy)
    try:
        yield database
    finally:
        await database.close()


def _faults(path: Path) -> list[str]:
    with closing(connect_reader(path)) as connection:
        return [*_broken_pages(connection), *_broken_references(connection)]


def _broken_pages(connection: sqlite3.Connection) -> list[str]:
    try:
        rows = connection.execute(f"PRAGMA integrity_check({_MOST})").fetchall()
    except sqlite3.Error as error:
        return [str(error)]
    return [text for (text,) in rows if text != "ok"]


def _broken_references(connection: sqlite3.Connection) -> list[str]:
    try:
        rows = connection.execute("PRAGMA foreign_key_check").fetchmany(_MOST)
    except sqlite3.Error as error:
        return [str(error)]
    return [
        f"row {row} of {table} refers to what is not in {other}" for table, row, other, _ in rows
    ]


def _copy(source: Path, target: Path) -> None:
    # in one step: begun anew on every write, a step a piece would never end beside a busy server
    with closing(connect_reader(source)) as live:
        try:
            with closing(sqlite3.connect(target)) as copy:
                live.backup(copy)
        except sqlite3.Error as error:
            raise refusal(error) from error
