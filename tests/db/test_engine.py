"""How connections are set up, and what SQLite's refusals become."""

import sqlite3
from pathlib import Path

import pytest

from dictabelt.core.errors import Conflict, StorageFailed
from dictabelt.db.engine import connect, connect_reader, refusal

FULL = 2


@pytest.mark.parametrize("opened", [connect, connect_reader])
def test_a_commit_is_on_the_disk_and_references_hold(path: Path, opened: type) -> None:
    connection: sqlite3.Connection = opened(path)
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    connection.close()
    assert found == ["wal", FULL, 1, 5000]


def test_a_place_without_a_write_ahead_log_is_refused() -> None:
    with pytest.raises(StorageFailed, match="write-ahead log"):
        connect(Path(":memory:"))


def test_a_refusal_says_nothing_of_the_database_inside() -> None:
    inside = "no such column: secret"
    assert "secret" not in str(refusal(sqlite3.OperationalError(inside)))
    assert isinstance(refusal(sqlite3.OperationalError(inside)), StorageFailed)
    assert isinstance(refusal(sqlite3.IntegrityError(inside)), Conflict)
    assert "secret" not in str(refusal(sqlite3.IntegrityError(inside)))
