"""Fills a new SQLite vault with rows, fast: durability and indexes come when it is full."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Table

from dictabelt.db.engine import connect
from dictabelt.db.query import Values, insertion
from dictabelt.db.schema import upgrade

# Keys are random: those of one table should stay in memory while it grows.
_CACHE_KIB = 2 * 1024 * 1024
_FILLING = (
    "journal_mode = OFF",
    "synchronous = OFF",
    "foreign_keys = OFF",
    "locking_mode = EXCLUSIVE",
    f"cache_size = -{_CACHE_KIB}",
    "temp_store = FILE",
    "threads = 2",
)


class SqliteRows:
    """Takes rows of tables; nothing is to be found in the file before the filling is over."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def write(self, table: Table, rows: list[Values]) -> None:
        """Whole rows, in the order of the table's columns."""
        self._connection.executemany(insertion(table).sqlite, rows)


@contextmanager
def filling(file: Path) -> Iterator[SqliteRows]:
    """A new vault while it is filled; then with its indexes, and safe again."""
    upgrade(file)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for it in _FILLING:
            connection.execute(f"PRAGMA {it}")
        indexes = _taken(connection)
        connection.execute("BEGIN")
        yield SqliteRows(connection)
        for sql in indexes:
            connection.execute(sql)
        connection.execute("COMMIT")
    connect(file).close()


def _taken(connection: sqlite3.Connection) -> list[str]:
    """Drops every index that is no key, and tells how to make it again."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    found = connection.execute(query).fetchall()
    for name, _ in found:
        connection.execute(f'DROP INDEX "{name}"')
    return [sql for _, sql in found]
