"""Views and changes on a pool of connections."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from types import TracebackType
from typing import Final

from dictabelt.core.errors import StorageFailed
from dictabelt.core.ports import Reading, Seal, Writing
from dictabelt.db.postgresql.clock import ServerClock
from dictabelt.db.postgresql.pool import Connections
from dictabelt.db.postgresql.runner import PostgresqlRunner
from dictabelt.db.postgresql.session import (
    ROLLBACK,
    ChangeSession,
    GlanceSession,
    Session,
    ViewSession,
)
from dictabelt.db.postgresql.turns import Turns
from dictabelt.db.postgresql.walks import Walks
from dictabelt.db.transaction import Transaction

CHANNEL: Final = "dictabelt_jobs"


class Views:
    """Transactions that cannot write, on one server."""

    def __init__(self, pool: Connections, clock: ServerClock, *, seal: Seal) -> None:
        self._pool = pool
        self._clock = clock
        self._seal = seal
        self._walks = Walks()

    @asynccontextmanager
    async def view(self) -> AsyncIterator[Reading]:
        session = Session(self._pool)
        runner = PostgresqlRunner(ViewSession(session).ready, self._walks)
        tx = Transaction(runner, await _instant(self._pool, self._clock), seal=self._seal)
        try:
            yield tx
        finally:
            runner.end()
            await session.undo()

    def glance(self) -> "Glance":
        """A look as a context; it begins when the context is entered."""
        return Glance(self._pool, self._clock, seal=self._seal, walks=self._walks)


class Glance:
    """One look; a class of its own because every request enters two."""

    __slots__ = ("_clock", "_pool", "_runner", "_seal", "_session")

    def __init__(self, pool: Connections, clock: ServerClock, *, seal: Seal, walks: Walks) -> None:
        self._pool = pool
        self._clock = clock
        self._seal = seal
        self._session = GlanceSession(pool)
        self._runner = PostgresqlRunner(self._session.ready, walks)

    async def __aenter__(self) -> Reading:
        now = self._clock.now() or await _instant(self._pool, self._clock)
        return Transaction(self._runner, now, seal=self._seal)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        del kind, traceback
        self._runner.end()
        # an answer that nobody waited for may be on its way still
        cut_off = isinstance(error, asyncio.CancelledError)
        self._session.end(whole=not (cut_off or self._runner.failed))


class Changes:
    """Transactions that write; `stir` is called once a job is there that was not."""

    def __init__(
        self,
        pool: Connections,
        clock: ServerClock,
        *,
        turns: Turns,
        stir: Callable[[], None],
        seal: Seal,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._turns = turns
        self._stir = stir
        self._seal = seal
        self._walks = Walks()
        self._open = 0
        self._closed = False
        self._over = asyncio.Event()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Writing]:
        """Ends without an error only when what it wrote is durable."""
        if self._closed:
            raise StorageFailed("the database is closed")
        with self._counted():
            async with self._begun() as tx:
                yield tx

    async def close(self) -> None:
        """Returns when no transaction is left; later ones are refused."""
        self._closed = True
        while self._open:
            self._over.clear()
            await self._over.wait()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
            self._over.set()

    @asynccontextmanager
    async def _begun(self) -> AsyncIterator[Writing]:
        session = Session(self._pool)
        changes = ChangeSession(session, self._turns)
        runner = PostgresqlRunner(changes.ready, self._walks)
        tx = Transaction(runner, await _instant(self._pool, self._clock), seal=self._seal)
        try:
            yield tx
            keep = runner.finish()
            await session.end(_ending(keep=keep, stirred=tx.stirred))
        except BaseException:
            runner.end()
            await session.undo()
            raise
        finally:
            changes.end()
        if tx.stirred:
            self._stir()


def _ending(*, keep: bool, stirred: bool) -> str:
    if not keep:
        return ROLLBACK
    return f"NOTIFY {CHANNEL}; COMMIT" if stirred else "COMMIT"


async def _instant(pool: Connections, clock: ServerClock) -> datetime:
    now = clock.now()
    while now is None:
        pool.give(await pool.working(clock.ask))
        now = clock.now()
    return now
