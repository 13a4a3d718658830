"""Queries on one SQLite connection, for as long as a transaction lasts."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from dictabelt.core.errors import Invalid, StorageFailed
from dictabelt.db.engine import refusal
from dictabelt.db.memory import Memory
from dictabelt.db.query import Noun, Query, Row, Values

Answer = TypeVar("Answer")


class SqliteRunner:
    """Runs queries until `end`; a refusal other than of a constraint ends it too.

    A full disk makes SQLite drop the whole transaction by itself; what ran
    after that would commit alone. With a `memory`, which is the connection's
    own, nouns are made of rows once.
    """

    __slots__ = ("_cursor", "_fresh", "_memory")

    def __init__(self, connection: sqlite3.Connection, memory: Memory | None = None) -> None:
        self._cursor: sqlite3.Cursor | None = connection.cursor()
        self._memory = memory
        self._fresh = False

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

    async def made(self, query: Query, values: Values, *, of: Callable[[list[Row]], Noun]) -> Noun:
        memory = self._memory
        if memory is None:
            return of(self._run(query, values)[0])
        self._refresh(memory)
        asked = (query, values)
        noun: Noun | None = memory.recall(asked)
        if noun is None:
            rows = self._run(query, values)[0]
            noun = of(rows)
            memory.keep(asked, noun, rows=rows)
        return noun

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

    def _refresh(self, memory: Memory) -> None:
        """Once a transaction, at its first look."""
        cursor = self._open()
        if self._fresh:
            return
        try:
            memory.refresh(cursor)
        except sqlite3.Error as error:
            self.end()
            raise refusal(error) from error
        self._fresh = True

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
