"""Surveys go to a replica for as long as it answers, and to the primary while it does not."""

import logging
import time
from collections.abc import Awaitable, Callable

from dictabelt.core.errors import StorageFailed
from dictabelt.db.postgresql.connecting import Connection
from dictabelt.db.postgresql.pool import Pool, Work

REST_SECONDS = 5.0
log = logging.getLogger("dictabelt.db")


class ReplicaFirst:
    """A replica that failed is left alone for a while: nobody waits for it meanwhile."""

    def __init__(self, replica: Pool, primary: Pool) -> None:
        self._replica = replica
        self._primary = primary
        self._replicas: set[Connection] = set()
        self._rests_until = 0.0

    async def take(self) -> Connection:
        """Raises StorageFailed when neither answers."""
        return await self._first(lambda pool: pool.take())

    async def working(self, work: Work) -> Connection:
        """Raises StorageFailed when neither answers."""
        return await self._first(lambda pool: pool.working(work))

    async def _first(self, ask: Callable[[Pool], Awaitable[Connection]]) -> Connection:
        if time.monotonic() >= self._rests_until:
            try:
                connection = await ask(self._replica)
            except StorageFailed as error:
                self._rest(error)
            else:
                self._replicas.add(connection)
                return connection
        return await ask(self._primary)

    def _rest(self, error: StorageFailed) -> None:
        now = time.monotonic()
        # of those who asked at once, one tells
        if now >= self._rests_until:
            log.warning("the replica is left alone for a while", extra={"reason": str(error)})
        self._rests_until = now + REST_SECONDS

    def give(self, connection: Connection) -> None:
        self._owner(connection).give(connection)

    def drop(self, connection: Connection) -> None:
        self._owner(connection).drop(connection)

    def _owner(self, connection: Connection) -> Pool:
        if connection not in self._replicas:
            return self._primary
        self._replicas.remove(connection)
        return self._replica
