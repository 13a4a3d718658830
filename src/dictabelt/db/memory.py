"""What one connection has read, remembered while nobody commits anything."""

import sqlite3
from collections.abc import Hashable
from sys import getsizeof
from typing import Any, Final

from dictabelt.db.query import Row

ROOM: Final = 4 * 1024 * 1024

_VERSION: Final = "PRAGMA data_version"


class Memory:
    """Nouns by what was asked for, of at most `room` bytes of rows.

    SQLite gives a connection another `data_version` after every commit of any
    other connection, in this process or in another (its page "PRAGMA
    Statements"). A connection that never writes itself therefore knows by it
    whether all that it has read still holds.
    """

    __slots__ = ("_found", "_left", "_room", "_version")

    def __init__(self, room: int = ROOM) -> None:
        self._room = self._left = room
        self._found: dict[Hashable, Any] = {}
        self._version: int | None = None

    def refresh(self, cursor: sqlite3.Cursor) -> None:
        """Forgets everything when something was committed since. Raises sqlite3.Error."""
        (version,) = cursor.execute(_VERSION).fetchone()
        if version != self._version:
            self._forget()
            self._version = version

    def recall(self, asked: Hashable) -> Any:
        """What was kept, None for nothing; right only after `refresh`."""
        return self._found.get(asked)

    def keep(self, asked: Hashable, noun: object, *, rows: list[Row]) -> None:
        """Keeps what was made of `rows`, once there were any; makes room by forgetting the rest."""
        size = sum([sum(map(getsizeof, row)) for row in rows])
        if not 0 < size <= self._room:
            return
        if size > self._left:
            self._forget()
        self._left -= size
        self._found[asked] = noun

    def _forget(self) -> None:
        self._found.clear()
        self._left = self._room
