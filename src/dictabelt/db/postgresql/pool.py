"""A last-in-first-out pool: the connection used last is the warmest, and broken ones go."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from dictabelt.core.errors import StorageFailed
from dictabelt.db.postgresql.connecting import Connection
from dictabelt.db.postgresql.refusals import FAILURES, is_lost, refusal

PATIENCE_SECONDS = 10.0
# A restart leaves as many dead connections as were idle; more than these in a row are no accident.
_TRIES = 64

Work = Callable[[Connection], Awaitable[object]]


class Connections(Protocol):
    """Where a transaction has its connection from."""

    async def take(self) -> Connection:
        """Raises StorageFailed."""

    async def working(self, work: Work) -> Connection:
        """One on which `work` was done. Raises StorageFailed, or what else `work` raises."""

    def give(self, connection: Connection) -> None:
        """Takes back a connection that is in order."""

    def drop(self, connection: Connection) -> None:
        """Takes back a connection that nobody may use again."""


class Pool:
    """At most `most` connections, opened when they are needed.

    Nothing is reset between two users: who takes a connection gives it back
    outside any transaction, and leaves no setting, lock or listener behind.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        most: int,
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._connect = connect
        self._most = most
        self._patience = patience
        self._idle: list[Connection] = []
        self._count = 0
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._closed = False

    async def take(self) -> Connection:
        """Raises StorageFailed when closed, when none can be opened, or none is given back."""
        until = time.monotonic() + self._patience
        while True:
            if self._closed:
                raise StorageFailed("the database is closed")
            found = self._warmest() or await self._another(until)
            if found is not None:
                return found

    async def working(self, work: Work) -> Connection:
        """One on which `work` was done; those that died while they were idle are passed over.

        Raises StorageFailed, or what else `work` raises.
        """
        for _ in range(_TRIES):
            connection = await self.take()
            try:
                await work(connection)
            except FAILURES as error:
                self.drop(connection)
                if not is_lost(error) or isinstance(error, TimeoutError):
                    raise refusal(error) from error
            except BaseException:
                self.drop(connection)
                raise
            else:
                return connection
        raise StorageFailed("the database does not answer; try again")

    def give(self, connection: Connection) -> None:
        """Takes back a connection that is in order."""
        if self._closed or connection.is_closed():
            self.drop(connection)
            return
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(connection)
                return
        self._idle.append(connection)

    def drop(self, connection: Connection) -> None:
        """Takes back a connection that nobody may use again."""
        connection.terminate()
        self._leave()

    async def close(self) -> None:
        """Closes the idle connections now, the others when they come back."""
        self._closed = True
        while self._idle:
            self._count -= 1
            await _end(self._idle.pop())
        while self._waiting:
            self._wake()

    def _warmest(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._count -= 1
        return None

    async def _another(self, until: float) -> Connection | None:
        """A new one where there is room, else one that is given back; None to look again."""
        if self._count >= self._most:
            return await self._given_back(until)
        self._count += 1
        try:
            return await self._connect()
        except BaseException:
            self._leave()
            raise

    async def _given_back(self, until: float) -> Connection | None:
        place: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(until - time.monotonic()):
                return await asyncio.shield(place)
        except BaseException as error:
            self._abandon(place)
            if isinstance(error, TimeoutError):
                raise StorageFailed(
                    f"all {self._most} connections to the database are busy; "
                    "see the setting database_pool"
                ) from error
            raise

    def _abandon(self, place: "asyncio.Future[Connection | None]") -> None:
        """What came too late is the next one's."""
        if not place.done():
            place.cancel()
            return
        connection = place.result()
        if connection is not None:
            self.give(connection)
        else:
            self._wake()

    def _leave(self) -> None:
        self._count -= 1
        self._wake()

    def _wake(self) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return


async def _end(connection: Connection) -> None:
    try:
        await connection.close(timeout=1)
    except FAILURES:
        connection.terminate()
