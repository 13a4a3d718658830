"""Brings a database file to the newest schema."""

import sqlite3
from contextlib import closing
from pathlib import Path

from dictabelt.core.errors import StorageFailed
from dictabelt.db.engine import connect, refusal

HEAD = "0008"


def upgrade(path: Path) -> None:
    """Makes the database, or brings it to `HEAD`; all of it or nothing. Raises StorageFailed.

    Alembic is imported only when there is something to do: it costs more
    than the rest of the start.
    """
    try:
        with closing(connect(path)) as connection:
            if _revision(connection) != HEAD:
                from dictabelt.db.migrations.run import migrate

                migrate(connection)
    except StorageFailed as error:
        raise StorageFailed(f"{path}: {error}") from error


def current(path: Path) -> str | None:
    """The stored revision, None where there is no file. Raises StorageFailed."""
    if not path.exists():
        return None
    with closing(connect(path)) as connection:
        return _revision(connection)


def _revision(connection: sqlite3.Connection) -> str | None:
    """The stored revision, None for an empty file."""
    try:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if not tables:
            return None
        if "alembic_version" not in tables:
            raise StorageFailed("the file holds something else than a vault; choose another path")
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise refusal(error) from error
    return row[0] if row else None
