"""No more jobs are at work than their kind may have, on all machines and for each account."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

from dictabelt.core.ids import AccountId
from dictabelt.core.job import Ceiling, Leased
from dictabelt.jobs.worker import Done, Outcome, Worker
from jobs.conftest import Opening
from jobs.queues import KINDS, LEASE, Queue
from jobs.test_contract import DEADLINE, LONG, taken

JOBS = 24


class Work:
    """Counts the jobs that are at work at once, first `wanted`, until `count` are done."""

    def __init__(self, count: int, wanted: int) -> None:
        self.wanted = wanted
        self.now: Counter[AccountId] = Counter()
        self.most = 0
        self.most_of_one = 0
        self.left = count
        self.full = asyncio.Event()
        self.over = asyncio.Event()

    async def __call__(self, it: Leased) -> Outcome:
        self.now[it.job.account] += 1
        self.most = max(self.most, self.now.total())
        self.most_of_one = max(self.most_of_one, *self.now.values())
        if self.most == self.wanted:
            self.full.set()
        await self.full.wait()
        # whoever comes too many, comes now
        for _ in range(50):
            await asyncio.sleep(0)
        self.now[it.job.account] -= 1
        self.left -= 1
        if not self.left:
            self.over.set()
        return Done()


async def test_two_machines_together_keep_the_ceilings(opening: Opening) -> None:
    ceilings = {"ring": Ceiling(everywhere=3, of_account=2)}
    async with AsyncExitStack() as opened:
        machines = [await opened.enter_async_context(opening(ceilings)) for _ in range(2)]
        for number in range(JOBS):
            await machines[number % 2].add(str(number))
        work = Work(JOBS, 3)
        workers = [Worker(it.jobs, {"ring": work}, slots=8) for it in machines]
        tasks = [asyncio.create_task(it.run()) for it in workers]
        await asyncio.wait_for(work.over.wait(), DEADLINE)
        for it in tasks:
            it.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert (work.most, work.most_of_one) == (3, 2)


async def several(queue: Queue, count: int, kind: str = "ring") -> None:
    for number in range(count):
        await queue.add(str(number), kind=kind)


async def test_of_many_who_ask_at_once_no_more_get_one(opening: Opening) -> None:
    async with opening({"ring": Ceiling(everywhere=3)}) as queue:
        await several(queue, 20)
        found = await asyncio.gather(*(queue.jobs.lease(KINDS, lasting=LEASE) for _ in range(20)))
        assert len([it for it in found if it is not None]) == 3


async def test_what_ends_or_is_put_back_makes_room(opening: Opening) -> None:
    async with opening({"ring": Ceiling(everywhere=2)}) as queue:
        await several(queue, 4)
        first, second = await taken(queue), await taken(queue)
        assert await queue.names() == []
        assert await queue.jobs.done(first)
        third = await taken(queue)
        assert await queue.names() == []
        assert await queue.jobs.again(second, after=LONG)
        assert len(await queue.names()) == 1
        assert await queue.jobs.done(third)


async def test_the_jobs_of_a_machine_that_died_make_room_once_its_leases_ran_out(
    opening: Opening,
) -> None:
    async with opening({"ring": Ceiling(everywhere=2)}) as queue:
        await several(queue, 2)
        assert len(await queue.names()) == 2
        assert await queue.names() == []
        queue.clock.forward(LEASE)
        assert len(await queue.names()) == 2


async def test_what_one_account_waits_for_another_does_not(opening: Opening) -> None:
    ceilings = {"ring": Ceiling(of_account=1)}
    async with opening(ceilings) as ours, opening(ceilings) as theirs:
        await several(ours, 3)
        await theirs.add("theirs")
        found = await ours.names()
        assert (len(found), "theirs" in found) == (2, True)


async def test_another_kind_has_no_ceiling_of_it(opening: Opening) -> None:
    async with opening({"ring": Ceiling(everywhere=1, of_account=1)}) as queue:
        await several(queue, 3)
        await several(queue, 3, kind="mail")
        assert len(await queue.names()) == 4


async def test_who_waits_hears_when_there_is_room(opening: Opening) -> None:
    async with opening({"ring": Ceiling(everywhere=1)}) as queue:
        await several(queue, 2)
        it = await taken(queue)
        queue.stirred.clear()
        assert await queue.jobs.done(it)
        assert queue.stirred.is_set()
        await asyncio.wait_for(queue.jobs.wait(KINDS, longest=LONG), DEADLINE)
        assert len(await queue.names()) == 1
