"""SQLite connections, the clock, and what SQLite's refusals mean to the vault."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from dictabelt.core.errors import Conflict, StorageFailed, VaultError

BUSY_SECONDS = 5.0

# `fullfsync` is for macOS, where fsync alone leaves the bytes in the drive's cache
_PRAGMAS = (
    "synchronous = FULL",
    "fullfsync = ON",
    "checkpoint_fullfsync = ON",
    "foreign_keys = ON",
)

_REASONS = {
    sqlite3.SQLITE_FULL: "the disk of the database is full; free some space",
    sqlite3.SQLITE_BUSY: "another process holds the database; try again when it is done",
    sqlite3.SQLITE_LOCKED: "another process holds the database; try again when it is done",
    sqlite3.SQLITE_READONLY: "the database cannot be written; check the permissions of its folder",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened; check its folder and permissions",
    sqlite3.SQLITE_IOERR: "the disk of the database failed; see the system's log",
    sqlite3.SQLITE_CORRUPT: "the database is damaged; restore a backup",
    sqlite3.SQLITE_NOTADB: "the file is not a database; choose another path",
}


def clock() -> datetime:
    """The present instant, UTC; the only clock of the vault's rows."""
    return datetime.now(UTC)


def connect(path: Path) -> sqlite3.Connection:
    """A connection for any thread that begins no transaction by itself. Raises StorageFailed."""
    try:
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise refusal(error) from error
    try:
        _prepare(connection)
    except sqlite3.Error as error:
        connection.close()
        raise refusal(error) from error
    except StorageFailed:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StorageFailed("this disk does not allow a write-ahead log; choose a local one")
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write. Raises StorageFailed."""
    connection = connect(path)
    connection.execute("PRAGMA query_only = ON")
    return connection


def refusal(error: sqlite3.Error) -> VaultError:
    """Conflict for a broken constraint, else StorageFailed with the fix where it is known."""
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict("it clashes with what is already there, or refers to what is not")
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return StorageFailed(_REASONS.get(code, "the database refused"))
