"""Statements of many walks, of which a connection keeps the few that were asked for last."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg

from dictabelt.db.postgresql.connecting import LARGE, Connection

if TYPE_CHECKING:
    Statement: TypeAlias = asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record]
else:
    Statement = object

# A server keeps some hundred bytes for each character of a statement: 15 MB a connection.
MOST: Final = 150_000


class Walks:
    """Large statements by connection, in characters at most `MOST` of each."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[Connection, dict[str, Statement]] = {}

    @property
    def count(self) -> int:
        """How many connections keep something."""
        return len(self._kept)

    async def rows(
        self, connection: Connection, text: str, *, values: Sequence[object]
    ) -> list[asyncpg.Record]:
        """Those that the statement gives. Raises what asyncpg raises."""
        if len(text) <= LARGE:
            return await connection.fetch(text, *values)
        kept = self._of(connection)
        statement = kept.pop(text, None)
        if statement is None:
            _make_room(kept, len(text))
            statement = await connection.prepare(text)
        kept[text] = statement
        return await statement.fetch(*values)

    def _of(self, connection: Connection) -> dict[str, Statement]:
        """What is kept of it, until it ends."""
        if connection not in self._kept:
            self._kept[connection] = {}
            connection.add_termination_listener(self._forget)
        return self._kept[connection]

    def _forget(self, connection: object) -> None:
        self._kept = {it: kept for it, kept in self._kept.items() if it is not connection}


def _make_room(kept: dict[str, Statement], length: int) -> None:
    """The one asked for longest ago goes first, on the server with the next that it gets."""
    while kept and sum(map(len, kept)) + length > MOST:
        del kept[next(iter(kept))]
