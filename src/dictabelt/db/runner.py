"""Queries on one SQLite connection, inline, for as long as a transaction lasts."""

import sqlite3

from dictabelt.core.errors import Invalid, StorageFailed
from dictabelt.db.engine import refusal
from dictabelt.db.query import Query, Row, Values


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

    async def touch(self, query: Query, values: Values) -> int:
        return self._run(query, values)[1]

    def end(self) -> None:
        """Refuses every later query with StorageFailed."""
        self._cursor = None

    def finish(self) -> None:
        """`end`; raises StorageFailed when a query failed, though its caller passed over that."""
        if self._cursor is None:
            raise StorageFailed("the transaction is over")
        self.end()

    def _run(self, query: Query, values: Values) -> tuple[list[Row], int]:
        cursor = self._cursor
        if cursor is None:
            raise StorageFailed("the transaction is over")
        try:
            return cursor.execute(query.sqlite, values).fetchall(), cursor.rowcount
        except sqlite3.IntegrityError as error:
            raise refusal(error) from error
        except sqlite3.Error as error:
            self.end()
            raise refusal(error) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise Invalid("a value that the database cannot keep") from error
