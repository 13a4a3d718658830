"""Queries in one transaction on a PostgreSQL server."""

from collections.abc import Awaitable, Callable
from typing import cast

from dictabelt.core.errors import Conflict, Invalid, StorageFailed
from dictabelt.db.postgresql.connecting import Connection
from dictabelt.db.postgresql.refusals import FAILURES, refusal
from dictabelt.db.postgresql.walks import Walks
from dictabelt.db.query import Noun, Query, Row, Values

Ready = Callable[[Query, Values], Awaitable[Connection]]


class PostgresqlRunner:
    """Runs queries until `end`; one that failed has ended the transaction on the server."""

    __slots__ = ("_failure", "_over", "_ready", "_walks", "_wrote")

    def __init__(self, ready: Ready, walks: Walks) -> None:
        self._ready = ready
        self._walks = walks
        self._over = False
        self._wrote = False
        self._failure: Exception | None = None

    async def rows(self, query: Query, values: Values) -> list[Row]:
        self._refuse_over()
        try:
            connection = await self._ready(query, values)
            found = await self._walks.rows(connection, query.postgresql, values=values)
        except FAILURES as error:
            raise self._failed(error) from error
        # a record is a tuple but for its name
        return cast(list[Row], found)

    async def search(self, query: Query, values: Values) -> list[Row]:
        return await self.rows(query, values)

    async def made(self, query: Query, values: Values, *, of: Callable[[list[Row]], Noun]) -> Noun:
        """Made anew each time: PostgreSQL has no sign that nothing was committed since."""
        return of(await self.rows(query, values))

    async def touch(self, query: Query, values: Values) -> int:
        self._refuse_over()
        try:
            connection = await self._ready(query, values)
            told: str = await connection.execute(query.postgresql, *values)
        except FAILURES as error:
            raise self._failed(error) from error
        count = int(told.rpartition(" ")[2])
        self._wrote = self._wrote or count > 0
        return count

    @property
    def failed(self) -> bool:
        """Whether the database refused a query."""
        return self._failure is not None

    def end(self) -> None:
        """Refuses every later query with StorageFailed."""
        self._over = True

    def finish(self) -> bool:
        """`end`; whether there is something to commit.

        Raises StorageFailed when a query failed though its caller passed over
        that, unless it was of a constraint or a value, and nothing was written before.
        """
        self.end()
        if self._failure is None:
            return True
        if isinstance(self._failure, Conflict | Invalid) and not self._wrote:
            return False
        raise StorageFailed("the transaction is over")

    def _refuse_over(self) -> None:
        if self._over or self._failure is not None:
            raise StorageFailed("the transaction is over")

    def _failed(self, error: BaseException) -> Exception:
        self._failure = refusal(error)
        return self._failure
