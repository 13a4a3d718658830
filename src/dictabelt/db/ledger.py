"""A scratch table of blobs to tick off, in a file that SQLite deletes by itself."""

import sqlite3
from collections.abc import Iterable, Iterator

from dictabelt.core.inventory import Entry
from dictabelt.db.engine import refusal
from dictabelt.db.query import Row
from dictabelt.db.values import read_instant, write_instant

_CREATE = """
CREATE TABLE entries (
    key TEXT PRIMARY KEY, size INTEGER NOT NULL, kept_at INTEGER NOT NULL, sha256 TEXT NOT NULL,
    ticked INTEGER NOT NULL
) WITHOUT ROWID
"""
_COLUMNS = "key, size, kept_at, sha256"


class SqliteLedger:
    """Implements `Ledger`; what does not fit into memory goes to SQLite's temporary folder."""

    def __init__(self) -> None:
        """Raises StorageFailed."""
        try:
            self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._connection.execute(_CREATE)
            self._connection.execute("BEGIN")  # never ended: nothing here is to last
        except sqlite3.Error as error:
            raise refusal(error) from error

    def note(self, entries: Iterable[Entry]) -> None:
        rows = ((it.key, it.size, write_instant(it.kept_at), it.sha256) for it in entries)
        try:
            self._connection.executemany(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, 0)", rows
            )
        except sqlite3.Error as error:
            raise refusal(error) from error

    def tick(self, key: str) -> Entry | None:
        found = self.find(key)
        if found is not None:
            self._connection.execute("UPDATE entries SET ticked = 1 WHERE key = ?", (key,))
        return found

    def find(self, key: str) -> Entry | None:
        query = f"SELECT {_COLUMNS} FROM entries WHERE key = ?"  # noqa: S608
        row = self._connection.execute(query, (key,)).fetchone()
        return None if row is None else _entry(row)

    def total(self) -> tuple[int, int]:
        query = "SELECT count(*), coalesce(sum(size), 0) FROM entries"
        count, size = self._connection.execute(query).fetchone()
        return count, size

    def left(self) -> Iterator[Entry]:
        query = f"SELECT {_COLUMNS} FROM entries WHERE ticked = 0 ORDER BY key"  # noqa: S608
        yield from map(_entry, self._connection.execute(query))

    def close(self) -> None:
        self._connection.close()


def _entry(row: Row) -> Entry:
    key, size, kept_at, sha256 = row
    return Entry(key, size, read_instant(kept_at), sha256)
