"""SQLite vaults full of rows, filled fast: durability and indexes come when they are full."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Table

from dictabelt.db.engine import connect
from dictabelt.db.query import Values, insertion
from dictabelt.db.schema import upgrade
from dictabelt.db.sqlite import SqliteDatabase

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


@dataclass(frozen=True, slots=True)
class SqliteVaults:
    """Files of a folder, `rows-N.db` each."""

    folder: Path

    def has(self, count: int) -> bool:
        return self._file(count).exists()

    @contextmanager
    def filling(self, count: int) -> Iterator[SqliteRows]:
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = self._file(count).with_suffix(".part")
        aside.unlink(missing_ok=True)
        with _filling(aside) as into:
            yield into
        aside.rename(self._file(count))

    def place(self, count: int) -> str:
        return str(self._file(count))

    def size(self, count: int) -> int:
        return self._file(count).stat().st_size

    def settings(self) -> str:
        with closing(sqlite3.connect(":memory:")) as connection:
            (pages,) = connection.execute("PRAGMA cache_size").fetchone()
        cache = f"{-pages:,} KiB" if pages < 0 else f"{pages:,} pages"
        return f"SQLite {sqlite3.sqlite_version}, page cache {cache} a connection"

    async def answering(self, count: int) -> Sequence[int]:
        """The engine is in this process."""
        del count
        return ()

    async def open(self, count: int) -> SqliteDatabase:
        return SqliteDatabase.open(self._file(count))

    def _file(self, count: int) -> Path:
        return self.folder / f"rows-{count}.db"


@contextmanager
def _filling(file: Path) -> Iterator[SqliteRows]:
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
