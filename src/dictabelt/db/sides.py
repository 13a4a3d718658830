"""The two kinds of databases that a vault is copied between."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from dictabelt.core.errors import StorageFailed
from dictabelt.db.copying import PAGE, Copy, Side, refuse_unlike
from dictabelt.db.engine import connect, refusal
from dictabelt.db.postgresql.connecting import Connection, Reach
from dictabelt.db.postgresql.refusals import FAILURES
from dictabelt.db.postgresql.refusals import refusal as server_refusal
from dictabelt.db.postgresql.schema import current as current_of_server
from dictabelt.db.postgresql.schema import upgrade as upgrade_server
from dictabelt.db.postgresql.session import VIEW
from dictabelt.db.query import Query, Row
from dictabelt.db.schema import HEAD, current, upgrade

_FILE = "sqlite:"
# Of a file that is thrown away unless it is made whole at once.
_FLEETING = ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF", "cache_size = -65536")
# To count ten million rows takes longer than anything that a client waits for
PATIENT_MS = 3_600_000


class FileSide:
    """An SQLite file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def rows(self, query: Query, values: Row) -> list[Row]:
        try:
            return self._connection.execute(query.sqlite, values).fetchall()
        except sqlite3.Error as error:
            raise refusal(error) from error

    async def add(self, query: Query, rows: list[Row]) -> None:
        try:
            self._connection.execute("BEGIN")
            with self._connection:
                self._connection.executemany(query.sqlite, rows)
        except sqlite3.Error as error:
            raise refusal(error) from error

    async def aclose(self) -> None:
        self._connection.close()


class ServerSide:
    """A PostgreSQL database."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def rows(self, query: Query, values: Row) -> list[Row]:
        try:
            return [tuple(it) for it in await self.connection.fetch(query.postgresql, *values)]
        except FAILURES as error:
            raise server_refusal(error) from error

    async def add(self, query: Query, rows: list[Row]) -> None:
        try:
            await self.connection.executemany(query.postgresql, rows)
        except FAILURES as error:
            raise server_refusal(error) from error

    async def aclose(self) -> None:
        self.connection.terminate()


@asynccontextmanager
async def copying(source: str, target: str, *, page: int = PAGE) -> AsyncIterator[Copy]:
    """A copy between places: `sqlite:PATH` or `postgresql://...`; makes the target's tables.

    The source is read as it is at the beginning. Raises StorageFailed.
    """
    async with aclosing(await _source(source)) as first, aclosing(await _target(target)) as second:
        yield Copy(first, second, page=page)


@asynccontextmanager
async def drawing_off(url: str, target: Path) -> AsyncIterator[Copy]:
    """A copy of a server's rows into a new file that is of no use once the machine stops.

    Rows come as they are, also those that refer to nothing. Raises StorageFailed.
    """
    async with aclosing(await _source(url)) as first:
        upgrade(target)
        file = connect(target)
        for pragma in _FLEETING:
            file.execute(f"PRAGMA {pragma}")
        async with aclosing(FileSide(file)) as second:
            yield Copy(first, second)


async def _source(place: str) -> Side:
    path = _path(place)
    if path is not None:
        refuse_unlike(current(path), HEAD)
        file = connect(path)
        file.execute("BEGIN")
        return FileSide(file)
    reach = Reach(place, statement_ms=PATIENT_MS)
    refuse_unlike(await current_of_server(reach), HEAD)
    connection = await reach.connect()
    await connection.execute(VIEW)
    await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    return ServerSide(connection)


async def _target(place: str) -> Side:
    path = _path(place)
    if path is not None:
        upgrade(path)
        return FileSide(connect(path))
    reach = Reach(place)
    await upgrade_server(reach)
    return ServerSide(await reach.connect())


def _path(place: str) -> Path | None:
    """Raises StorageFailed for what is no place."""
    if place.startswith(_FILE):
        return Path(place.removeprefix(_FILE))
    if place.startswith(("postgresql://", "postgres://")):
        return None
    # the rest may hold a password
    raise StorageFailed(f"{place.partition(':')[0]}: write sqlite:PATH or postgresql://...")
