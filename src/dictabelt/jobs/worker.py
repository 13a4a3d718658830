"""Does jobs: so many at once, each kept alive by a heartbeat, each ended or put back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from dictabelt.core.errors import StorageFailed
from dictabelt.core.job import Leased
from dictabelt.core.packing import Unproved
from dictabelt.core.ports import Jobs
from dictabelt.jobs.backoff import backoff

log = logging.getLogger("dictabelt.jobs")

# After a worker died its jobs are somebody else's within this time.
LEASE = timedelta(seconds=30)
# Another process may have enqueued a job; nobody tells this one.
_LOOK = timedelta(seconds=5)
_LOOK_FOR_OTHERS = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Done:
    """The job is over."""


@dataclass(frozen=True, slots=True)
class Again:
    """The job is due once more, that long from now."""

    after: timedelta


Outcome = Done | Again
Handler = Callable[[Leased], Awaitable[Outcome]]


class Worker:
    """Leases jobs of the kinds that it has handlers for; rests for `pause` after a fault."""

    def __init__(
        self,
        jobs: Jobs,
        handlers: Mapping[str, Handler],
        *,
        slots: int = 8,
        lease: timedelta = LEASE,
        pause: timedelta = timedelta(seconds=1),
    ) -> None:
        self._jobs = jobs
        self.handlers = handlers
        self._kinds = tuple(handlers)
        self._slots = asyncio.Semaphore(slots)
        self._look = _LOOK
        self._lease = lease
        self._pause = pause

    def serve_others(self, kinds: Collection[str]) -> bool:
        """Does these kinds alone, of other processes' jobs; whether it can do any of them."""
        self._kinds = tuple(it for it in self._kinds if it in kinds)
        self._look = _LOOK_FOR_OTHERS
        return bool(self._kinds)

    async def run(self) -> None:
        """Works until cancelled; what is in hand then goes back to be done by somebody else."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    await self._next(group)
                except StorageFailed as error:
                    log.warning("the database refuses jobs", extra={"reason": str(error)})
                    await asyncio.sleep(self._pause.total_seconds())

    async def drain(self) -> int:
        """Does what is due now, one job after the other; how many there were."""
        count = 0
        while (leased := await self._jobs.lease(self._kinds, lasting=self._lease)) is not None:
            await self._work(leased)
            count += 1
        return count

    async def _next(self, group: asyncio.TaskGroup) -> None:
        await self._slots.acquire()
        leased = None
        try:
            leased = await self._jobs.lease(self._kinds, lasting=self._lease)
        finally:
            if leased is None:
                self._slots.release()
        if leased is None:
            await self._jobs.wait(self._kinds, longest=self._look)
        else:
            group.create_task(self._in_slot(leased))

    async def _in_slot(self, leased: Leased) -> None:
        try:
            await self._work(leased)
        except Exception:
            # The lease runs out, and somebody has the job again; the others in hand go on.
            log.exception("a job cannot be ended", extra=_told(leased, "its lease runs out"))
        finally:
            self._slots.release()

    async def _work(self, leased: Leased) -> None:
        doing = asyncio.ensure_future(self._outcome(leased))
        beating = asyncio.create_task(self._beat(leased, doing))
        try:
            outcome = await doing
        except asyncio.CancelledError:
            if beating.done() and not _is_cancelled():
                return
            doing.cancel()
            with suppress(StorageFailed):
                await self._jobs.again(leased, after=timedelta(0))
            raise
        finally:
            beating.cancel()
        await self._end(leased, outcome)

    async def _outcome(self, leased: Leased) -> Outcome:
        """What the handler says; a fault of any kind is a reason to try again later."""
        try:
            return await self.handlers[leased.job.kind](leased)
        except Unproved as error:
            job = leased.job
            where = {"account": str(job.account), "recording": job.payload["recording"]}
            log.warning("an original is not packed", extra=_told(leased, str(error)) | where)
            return Done()
        except Exception:
            pause = backoff(leased.attempt)
            log.exception("a job failed", extra=_told(leased, f"again in {pause}"))
            return Again(pause)

    async def _end(self, leased: Leased, outcome: Outcome) -> None:
        match outcome:
            case Done():
                held = await self._jobs.done(leased)
            case Again(after=pause):
                held = await self._jobs.again(leased, after=pause)
        if not held:
            log.warning("somebody else has the job", extra=_told(leased, "lease ran out"))

    async def _beat(self, leased: Leased, doing: "asyncio.Future[Outcome]") -> None:
        """Keeps the lease; once it is another's, the work stops, since it is done twice."""
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            try:
                kept = await self._jobs.keep(leased, lasting=self._lease)
            except StorageFailed as error:
                log.warning("a lease cannot be kept", extra=_told(leased, str(error)))
                continue
            if not kept:
                log.warning("somebody else has the job", extra=_told(leased, "stopped"))
                doing.cancel()
                return


def _is_cancelled() -> bool:
    """Whether the task that asks is being cancelled itself."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _told(leased: Leased, reason: str) -> dict[str, object]:
    return {
        "job": str(leased.id),
        "kind": leased.job.kind,
        "attempt": leased.attempt,
        "reason": reason,
    }
