"""A connection of the pool for one transaction, which begins with the first query."""

import asyncio
from typing import Final

from dictabelt.core.errors import StorageFailed
from dictabelt.db.postgresql.connecting import Connection
from dictabelt.db.postgresql.pool import Connections
from dictabelt.db.postgresql.refusals import FAILURES, refusal
from dictabelt.db.postgresql.turns import Turns
from dictabelt.db.query import Query, Values

VIEW: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
CHANGE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
ROLLBACK: Final = "ROLLBACK"


class Session:
    """Has no connection before its beginning and after its end."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Connections) -> None:
        self._pool = pool
        self._connection: Connection | None = None

    @property
    def connection(self) -> Connection | None:
        return self._connection

    async def begin(self, statements: str) -> Connection:
        """Raises StorageFailed."""

        async def begin(connection: Connection) -> None:
            await connection.execute(statements)

        self._connection = await self._pool.working(begin)
        return self._connection

    async def end(self, statements: str) -> None:
        """Runs them and gives the connection back. Raises StorageFailed when they failed."""
        if self._connection is None:
            return
        last = statements.rpartition("; ")[2]
        try:
            done = await self._connection.execute(statements)
        except FAILURES as error:
            self._drop()
            raise refusal(error) from error
        except BaseException:
            self._drop()
            raise
        self._give()
        # PostgreSQL answers the COMMIT of a transaction that failed with ROLLBACK, and no error
        if done != last:
            raise StorageFailed("the database dropped the transaction; nothing was kept")

    async def undo(self) -> None:
        """Rolls back, whatever came before."""
        try:
            await self.end(ROLLBACK)
        except StorageFailed:
            return

    def _give(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.give(connection)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.drop(connection)


class GlanceSession:
    """Every query for itself: one statement sees one moment without a transaction around it."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Connections) -> None:
        self._pool = pool
        self._connection: Connection | None = None

    async def ready(self, query: Query, values: Values) -> Connection:
        del query, values
        if self._connection is None:
            self._connection = await self._pool.take()
        return self._connection

    def end(self, *, whole: bool) -> None:
        """Gives the connection back; `whole` says that nothing went wrong on it."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if whole:
            self._pool.give(connection)
        else:
            self._pool.drop(connection)


class ViewSession:
    """Every query sees what the first one saw."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def ready(self, query: Query, values: Values) -> Connection:
        del query, values
        return self._session.connection or await self._session.begin(VIEW)


class ChangeSession:
    """Changes of one account go one after the other, as all changes do in an SQLite file.

    Use-cases look and then write, and rely on nothing happening in between. The
    lock ends with the transaction; that of another account does not wait, not even
    for a connection: of those who wait in one process, one alone has one. Who comes
    to an account with a connection in hand waits with it, as its turn may need one.
    """

    __slots__ = ("_locked", "_session", "_turn", "_turns")

    def __init__(self, session: Session, turns: Turns) -> None:
        self._session = session
        self._turns = turns
        self._turn: asyncio.Lock | None = None
        self._locked: frozenset[bytes] = frozenset()

    async def ready(self, query: Query, values: Values) -> Connection:
        owner = query.turn if query.owner is None else values[query.owner]
        connection = self._session.connection
        if connection is None:
            connection = await self._begin(owner)
        elif owner is not None and owner not in self._locked:
            await connection.execute(*_locking(owner))
        if owner is not None:
            self._locked |= {owner}
        return connection

    def end(self) -> None:
        """Lets the next one begin, once the transaction is over."""
        if self._turn is not None:
            self._turn.release()
            self._turn = None

    async def _begin(self, owner: bytes | None) -> Connection:
        if owner is not None and self._turn is None:
            self._turn = await self._turns.taken(_key(owner))
        return await self._session.begin("; ".join([CHANGE, *_locking(owner)]))


def _key(account: bytes) -> int:
    return int.from_bytes(account[:8], "big", signed=True)


def _locking(account: bytes | None) -> list[str]:
    return [] if account is None else [f"SELECT pg_advisory_xact_lock({_key(account)})"]
