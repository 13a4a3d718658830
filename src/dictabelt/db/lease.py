"""The worker's side of jobs in a database: each step a transaction of its own."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Protocol, cast

from dictabelt.core.job import Leased, Queued
from dictabelt.core.ports import Database, Reading, Writing
from dictabelt.db.jobs import Jobs


class _Rows(Protocol):
    """A transaction with the statements of leasing."""

    @property
    def jobs(self) -> Jobs: ...


class Leases:
    """The port `Jobs`; `stirred` is set when this process has committed a job.

    `listen` is called by who waits: from then on it is set for other processes' jobs too.
    """

    def __init__(
        self,
        database: Database,
        stirred: asyncio.Event,
        *,
        listen: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._stirred = stirred
        self._listen = listen

    async def lease(self, kinds: tuple[str, ...], *, lasting: timedelta) -> Leased | None:
        async with self._database.write() as tx:
            return await _jobs(tx).lease(kinds, now=tx.now, until=tx.now + lasting)

    async def keep(self, it: Leased, *, lasting: timedelta) -> bool:
        async with self._database.write() as tx:
            return await _jobs(tx).due(it, tx.now + lasting)

    async def done(self, it: Leased) -> bool:
        async with self._database.write() as tx:
            return await _jobs(tx).done(it)

    async def again(self, it: Leased, *, after: timedelta) -> bool:
        async with self._database.write() as tx:
            return await _jobs(tx).due(it, tx.now + after)

    async def queued(self) -> tuple[Queued, ...]:
        async with self._database.read() as tx:
            return await _jobs(tx).queued(tx.now)

    async def wait(self, kinds: tuple[str, ...], *, longest: timedelta) -> None:
        self._listen()
        # before the look: what is committed after it must not go unnoticed
        self._stirred.clear()
        async with self._database.read() as tx:
            soonest, now = await _jobs(tx).soonest(kinds), tx.now
        pause = longest if soonest is None else min(longest, soonest - now)
        if pause > timedelta(0):
            # not wait_for, which forgets that its task was cancelled when both come at once
            with suppress(TimeoutError):
                async with asyncio.timeout(pause.total_seconds()):
                    await self._stirred.wait()


def _jobs(tx: Reading | Writing) -> Jobs:
    return cast(_Rows, tx).jobs
