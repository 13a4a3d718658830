"""The worker's side of jobs in a database: each step a transaction of its own."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Protocol, cast

from dictabelt.core.job import Ceiling, Leased, Queued
from dictabelt.core.ports import Database, Reading, Writing
from dictabelt.db.jobs import Jobs

_NONE: Final = Ceiling()
_FULL: Final = timedelta(seconds=1)


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
        ceilings: Mapping[str, Ceiling] = MappingProxyType({}),
    ) -> None:
        self._database = database
        self._stirred = stirred
        self._listen = listen
        self._ceilings = ceilings

    async def lease(self, kinds: tuple[str, ...], *, lasting: timedelta) -> Leased | None:
        async with self._database.write() as tx:
            return await _jobs(tx).lease(self._of(kinds), now=tx.now, until=tx.now + lasting)

    async def keep(self, it: Leased, *, lasting: timedelta) -> bool:
        async with self._database.write() as tx:
            return await _jobs(tx).due(it, tx.now + lasting)

    async def done(self, it: Leased) -> bool:
        async with self._database.write() as tx:
            self._tell(it, tx)
            return await _jobs(tx).done(it)

    async def again(self, it: Leased, *, after: timedelta) -> bool:
        async with self._database.write() as tx:
            self._tell(it, tx)
            return await _jobs(tx).back(it, tx.now + after)

    async def queued(self) -> tuple[Queued, ...]:
        async with self._database.read() as tx:
            return await _jobs(tx).queued(tx.now)

    async def wait(self, kinds: tuple[str, ...], *, longest: timedelta) -> None:
        self._listen()
        # before the look: what is committed after it must not go unnoticed
        self._stirred.clear()
        async with self._database.read() as tx:
            pause = await self._pause(_jobs(tx), kinds, now=tx.now)
        pause = longest if pause is None else min(longest, pause)
        if pause > timedelta(0):
            # not wait_for, which forgets that its task was cancelled when both come at once
            with suppress(TimeoutError):
                async with asyncio.timeout(pause.total_seconds()):
                    await self._stirred.wait()

    async def _pause(
        self, jobs: Jobs, kinds: tuple[str, ...], *, now: datetime
    ) -> timedelta | None:
        """How long there is nothing to lease; None when nothing will come due."""
        soonest = await jobs.soonest(kinds)
        if soonest is None or soonest > now or not self._ceilings:
            return None if soonest is None else soonest - now
        # a lease that runs out makes room, too, and nobody tells of it
        return timedelta(0) if await jobs.leasable(self._of(kinds), now=now) else _FULL

    def _of(self, kinds: tuple[str, ...]) -> dict[str, Ceiling]:
        return {it: self._ceilings.get(it, _NONE) for it in kinds}

    def _tell(self, it: Leased, tx: Writing) -> None:
        if it.job.kind in self._ceilings:
            _jobs(tx).room()


def _jobs(tx: Reading | Writing) -> Jobs:
    return cast(_Rows, tx).jobs
