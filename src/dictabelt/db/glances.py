"""Single looks: every statement for itself, on connections that remember what they read."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final

from dictabelt.core.ports import Reading, Seal
from dictabelt.db.engine import clock
from dictabelt.db.idle import Idle
from dictabelt.db.memory import Memory
from dictabelt.db.runner import SqliteRunner
from dictabelt.db.transaction import Transaction

IDLE: Final = 2


@dataclass(frozen=True, slots=True)
class Eye:
    """A connection that cannot write, and what it has seen."""

    connection: sqlite3.Connection
    memory: Memory = field(default_factory=Memory)


class Glances:
    """Keeps `IDLE` connections; the one that came back last goes first, as it remembers most."""

    def __init__(self, open_connection: Callable[[], sqlite3.Connection], *, seal: Seal) -> None:
        self.seal = seal
        self._idle = Idle(
            lambda: Eye(open_connection()), lambda it: it.connection.close(), most=IDLE
        )

    def look(self) -> "Glance":
        """A look as a context; it begins with the first query."""
        return Glance(self)

    def take(self) -> Eye:
        """Raises StorageFailed when closed or when no connection can be opened."""
        return self._idle.take()

    def give(self, eye: Eye) -> None:
        """Takes back what nobody uses any more."""
        self._idle.give(eye)

    def close(self) -> None:
        """Closes the idle connections now, the others when they come back."""
        self._idle.close()


class Glance:
    """One look; a class of its own because every request enters two."""

    __slots__ = ("_eye", "_glances", "_runner")

    def __init__(self, glances: Glances) -> None:
        self._glances = glances

    async def __aenter__(self) -> Reading:
        eye = self._eye = self._glances.take()
        self._runner = SqliteRunner(eye.connection, eye.memory)
        return Transaction(self._runner, clock(), seal=self._glances.seal)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._runner.end()
        self._glances.give(self._eye)
