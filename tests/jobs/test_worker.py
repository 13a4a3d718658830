"""The worker: ends, puts back, tries again, gives up what is another's."""

import asyncio
from datetime import timedelta

import pytest

from dictabelt.core.errors import StorageFailed
from dictabelt.core.job import Leased, Queued
from dictabelt.core.ports import Jobs
from dictabelt.jobs.backoff import backoff
from dictabelt.jobs.worker import Again, Done, Outcome, Worker
from jobs.queues import KINDS, LEASE, Queue

SECOND = timedelta(seconds=1)
DEADLINE = 20


class Shop:
    """Handlers that note what they did, and do what the test says."""

    def __init__(self, outcome: Outcome | Exception = Done()) -> None:  # noqa: B008
        self.outcome = outcome
        self.did: list[tuple[str, int]] = []
        self.began = asyncio.Event()
        self.may_end = asyncio.Event()
        self.at_once = self.most_at_once = 0

    async def quick(self, it: Leased) -> Outcome:
        self.did.append((it.job.payload["name"], it.attempt))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    async def slow(self, it: Leased) -> Outcome:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        self.began.set()
        try:
            await self.may_end.wait()
        finally:
            self.at_once -= 1
        return await self.quick(it)


def quick(queue: Queue, shop: Shop) -> Worker:
    return Worker(queue.jobs, dict.fromkeys(KINDS, shop.quick), lease=LEASE)


async def stopped(running: "asyncio.Task[None]") -> None:
    running.cancel()
    await asyncio.wait([running])


async def test_what_is_due_is_done_and_counted(queue: Queue) -> None:
    shop = Shop()
    await queue.add("a")
    await queue.add("b", kind="mail")
    await queue.add("later", after=SECOND)
    assert await quick(queue, shop).drain() == 2
    assert sorted(shop.did) == [("a", 1), ("b", 1)]
    queue.clock.forward(2 * LEASE)
    assert await quick(queue, shop).drain() == 1


async def test_what_is_put_back_comes_after_its_pause(queue: Queue) -> None:
    shop = Shop(Again(10 * SECOND))
    await queue.add("a")
    await quick(queue, shop).drain()
    queue.clock.forward(9 * SECOND)
    assert await quick(queue, shop).drain() == 0
    queue.clock.forward(SECOND)
    assert await quick(queue, shop).drain() == 1
    assert shop.did == [("a", 1), ("a", 2)]


async def test_a_fault_of_any_kind_is_tried_again_later_and_later(queue: Queue) -> None:
    shop = Shop(ZeroDivisionError("a fault"))
    await queue.add("a")
    for attempt in (1, 2, 3):
        assert await quick(queue, shop).drain() == 1
        queue.clock.forward(backoff(attempt) - SECOND / 2)
        assert await quick(queue, shop).drain() == 0
        queue.clock.forward(SECOND / 2)
    assert shop.did == [("a", 1), ("a", 2), ("a", 3)]


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 1), (2, 2), (3, 4), (12, 2048), (13, 3600), (10**6, 3600)]
)
def test_backoff_doubles_up_to_an_hour(attempt: int, seconds: int) -> None:
    assert backoff(attempt) == timedelta(seconds=seconds)


async def test_no_more_is_in_hand_than_there_are_slots(queue: Queue) -> None:
    shop = Shop()
    for number in range(6):
        await queue.add(str(number))
    worker = Worker(queue.jobs, dict.fromkeys(KINDS, shop.slow), slots=2, lease=LEASE)
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(DEADLINE):
        while shop.at_once < 2:  # noqa: ASYNC110
            await asyncio.sleep(0)
    shop.may_end.set()
    async with asyncio.timeout(DEADLINE):
        while len(shop.did) < 6:  # noqa: ASYNC110
            await asyncio.sleep(0)
    await stopped(running)
    assert shop.most_at_once == 2


async def test_what_is_in_hand_when_the_worker_is_stopped_goes_back_at_once(
    queue: Queue,
) -> None:
    shop = Shop()
    await queue.add("a")
    worker = Worker(queue.jobs, dict.fromkeys(KINDS, shop.slow), lease=LEASE)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(shop.began.wait(), DEADLINE)
    await stopped(running)
    assert shop.did == []
    assert await quick(queue, shop).drain() == 1
    assert shop.did == [("a", 2)]


async def test_work_stops_once_somebody_else_has_the_job(queue: Queue) -> None:
    shop = Shop()
    await queue.add("a")
    hasty = timedelta(milliseconds=30)
    worker = Worker(queue.jobs, dict.fromkeys(KINDS, shop.slow), lease=hasty)
    working = asyncio.create_task(worker.drain())
    await asyncio.wait_for(shop.began.wait(), DEADLINE)
    queue.clock.forward(LEASE)
    other = await queue.jobs.lease(KINDS, lasting=LEASE)
    assert other is not None
    assert await asyncio.wait_for(working, DEADLINE) == 1
    assert shop.did == []
    assert await queue.jobs.done(other)


async def test_a_heartbeat_holds_a_long_job(queue: Queue) -> None:
    shop = Shop()
    await queue.add("a")
    beats = Beating(queue.jobs)
    worker = Worker(beats, dict.fromkeys(KINDS, shop.slow), lease=timedelta(milliseconds=30))
    working = asyncio.create_task(worker.drain())
    await asyncio.wait_for(beats.twice.wait(), DEADLINE)
    shop.may_end.set()
    assert await asyncio.wait_for(working, DEADLINE) == 1
    assert shop.did == [("a", 1)]


async def test_a_database_that_refuses_does_not_end_the_worker(queue: Queue) -> None:
    shop, jobs = Shop(), Refusing(queue.jobs)
    await queue.add("a")
    worker = Worker(jobs, dict.fromkeys(KINDS, shop.quick), lease=LEASE, pause=timedelta(0))
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(DEADLINE):
        while not shop.did:  # noqa: ASYNC110
            await asyncio.sleep(0)
    await stopped(running)
    assert jobs.refusals == 0


class Beating:
    """The same jobs; says when a lease was kept twice."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs, self.beats, self.twice = jobs, 0, asyncio.Event()

    async def lease(self, kinds: tuple[str, ...], *, lasting: timedelta) -> Leased | None:
        return await self._jobs.lease(kinds, lasting=lasting)

    async def keep(self, it: Leased, *, lasting: timedelta) -> bool:
        self.beats += 1
        if self.beats == 2:
            self.twice.set()
        return await self._jobs.keep(it, lasting=lasting)

    async def done(self, it: Leased) -> bool:
        return await self._jobs.done(it)

    async def again(self, it: Leased, *, after: timedelta) -> bool:
        return await self._jobs.again(it, after=after)

    async def queued(self) -> tuple[Queued, ...]:
        return await self._jobs.queued()

    async def wait(self, kinds: tuple[str, ...], *, longest: timedelta) -> None:
        await self._jobs.wait(kinds, longest=longest)


class Refusing(Beating):
    """The same jobs behind a database that refuses the first three times."""

    def __init__(self, jobs: Jobs) -> None:
        super().__init__(jobs)
        self.refusals = 3

    async def lease(self, kinds: tuple[str, ...], *, lasting: timedelta) -> Leased | None:
        if self.refusals:
            self.refusals -= 1
            raise StorageFailed("the disk of the database is full; free some space")
        return await super().lease(kinds, lasting=lasting)
