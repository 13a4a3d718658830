"""Consistent views: a last-in-first-out pool of connections that cannot write."""

import sqlite3
from collections.abc import Callable
from types import TracebackType

from dictabelt.core.ports import Pulse, Reading, Seal
from dictabelt.db.engine import clock, refusal
from dictabelt.db.idle import Idle
from dictabelt.db.runner import SqliteRunner
from dictabelt.db.transaction import Transaction

IDLE = 8


class Readers:
    """Opens a connection when none is idle and keeps `IDLE` of them.

    There is no upper limit on purpose: queries never wait, so views overlap
    only when a use-case awaits something else inside one, and a use-case that
    opened a second view inside its first would wait for itself.
    """

    def __init__(self, open_connection: Callable[[], sqlite3.Connection], *, seal: Seal) -> None:
        self.seal = seal
        self._open = open_connection
        self._idle = Idle(open_connection, sqlite3.Connection.close, most=IDLE)
        # so that a file that cannot be opened is told of at once
        self._idle.give(open_connection())
        # SQLite numbers the versions of a file for each connection in its own way.
        self._watching: sqlite3.Cursor | None = None

    def view(self) -> "View":
        """A view as a context; it begins when the context is entered."""
        return View(self)

    def pulse(self) -> Pulse:
        """Reads no row; sees what was committed before. Raises StorageFailed."""
        self._idle.demand_open()
        if self._watching is None:
            self._watching = self._open().cursor()
        try:
            (version,) = self._watching.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error as error:
            raise refusal(error) from error
        return Pulse(clock(), version)

    def take(self) -> sqlite3.Connection:
        """Raises StorageFailed when closed or when no connection can be opened."""
        return self._idle.take()

    def give(self, connection: sqlite3.Connection) -> None:
        """Takes back a connection that is outside any transaction."""
        self._idle.give(connection)

    def close(self) -> None:
        """Closes the idle connections now, the others when they come back."""
        if self._watching is not None:
            self._watching.connection.close()
        self._idle.close()


class View:
    """One consistent view; a class of its own because many requests enter one."""

    __slots__ = ("_connection", "_readers", "_runner")

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def __aenter__(self) -> Reading:
        self._connection = self._readers.take()
        try:
            self._connection.execute("BEGIN")
        except sqlite3.Error as error:
            self._connection.close()
            raise refusal(error) from error
        self._runner = SqliteRunner(self._connection)
        return Transaction(self._runner, clock(), seal=self._readers.seal)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._runner.end()
        try:
            self._connection.rollback()
        except sqlite3.Error:
            self._connection.close()
        else:
            self._readers.give(self._connection)
