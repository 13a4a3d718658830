"""Queries on one SQLite connection, for as long as a transaction lasts."""

import asyncio
import sqlite3
from contextlib import suppress
from typing import TypeVar

from dictabelt.core.errors import Invalid, StorageFailed
from dictabelt.db.engine import refusal
from dictabelt.db.query import Query, Row, Values

Answer = TypeVar("Answer")


class SqliteRunner:
    """Runs queries until `end`; a refusal other than of a constraint ends it too.

    A full disk makes SQLite drop the whole transaction by itself; what ran
    after that would commit alone.
    """

    __slots__ = ("_cursor",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._cursor: sqlite3.Cursor | None = connection.cursor()

    async def rows(self, query: Query, values: Values) -> list[Row]:
        return self._run(query, values)[0]

    async def search(self, query: Query, values: Values) -> list[Row]:
        """In a thread; whoever is cancelled meanwhile has the connection to himself again."""
        connection = self._open().connection
        work = asyncio.ensure_future(asyncio.to_thread(self._run, query, values))
        try:
            return (await asyncio.shield(work))[0]
        except asyncio.CancelledError:
            connection.interrupt()
            await _over(work)
            raise

    async def touch(self, query: Query, values: Values) -> int:
        return self._run(query, values)[1]

    def end(self) -> None:
        """Refuses every later query with StorageFailed."""
        self._cursor = None

    def finish(self) -> None:
        """`end`; raises StorageFailed when a query failed, though its caller passed over that."""
        self._open()
        self.end()

    def _open(self) -> sqlite3.Cursor:
        if self._cursor is None:
            raise StorageFailed("the transaction is over")
        return self._cursor

    def _run(self, query: Query, values: Values) -> tuple[list[Row], int]:
        cursor = self._open()
        try:
            return cursor.execute(query.sqlite, values).fetchall(), cursor.rowcount
        except sqlite3.IntegrityError as error:
            raise refusal(error) from error
        except sqlite3.Error as error:
            self.end()
            raise refusal(error) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise Invalid("a value that the database cannot keep") from error


async def _over(work: "asyncio.Future[Answer]") -> None:
    """Waits until `work` is over, however often it is cancelled, whatever came of it."""
    while not work.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([work])
    if not work.cancelled():
        work.exception()
