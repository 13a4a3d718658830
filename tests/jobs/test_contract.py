"""What every adapter of durable jobs keeps: nothing lost, nothing done by two at once."""

import asyncio
from datetime import timedelta

import pytest

from dictabelt.core.job import Job, Leased, Queued
from jobs.queues import KINDS, LEASE, Queue

SECOND = timedelta(seconds=1)
LONG = timedelta(hours=1)
DEADLINE = 20


async def taken(queue: Queue) -> Leased:
    it = await queue.jobs.lease(KINDS, lasting=LEASE)
    assert it is not None
    return it


async def test_a_job_comes_back_as_it_was_enqueued(queue: Queue) -> None:
    await queue.add("first", lock="only one")
    it = await taken(queue)
    assert (it.job.kind, it.job.account, it.job.payload, it.job.lock) == (
        "ring",
        queue.account,
        {"name": "first"},
        "only one",
    )
    assert (it.attempt, it.until) == (1, queue.clock.now + LEASE)


async def test_a_job_is_there_only_if_its_transaction_is(queue: Queue) -> None:
    with pytest.raises(ZeroDivisionError):
        await undone(queue)
    assert await queue.names() == []


async def undone(queue: Queue) -> None:
    async with queue.db.write() as tx:
        job = Job("ring", queue.account, {"name": "never"}, due_at=queue.clock.now)
        await tx.jobs.add(queue.account, job)
        raise ZeroDivisionError


async def test_nothing_is_leased_before_it_is_due(queue: Queue) -> None:
    await queue.add("later", after=SECOND)
    assert await queue.names() == []
    queue.clock.forward(SECOND)
    assert await queue.names() == ["later"]


async def test_what_has_been_due_longest_comes_first(queue: Queue) -> None:
    for name, seconds in (("b", 2), ("a", 1), ("c", 3)):
        await queue.add(name, after=seconds * SECOND)
    queue.clock.forward(LONG)
    assert await queue.names() == ["a", "b", "c"]


async def test_only_the_kinds_asked_for_are_leased(queue: Queue) -> None:
    await queue.add("letter", kind="mail")
    assert await queue.jobs.lease(("ring",), lasting=LEASE) is None
    assert await queue.jobs.lease(("mail",), lasting=LEASE) is not None


async def test_many_workers_at_once_share_the_jobs_out(queue: Queue) -> None:
    for number in range(10):
        await queue.add(str(number))
    found = await asyncio.gather(*(queue.jobs.lease(KINDS, lasting=LEASE) for _ in range(20)))
    names = sorted(it.job.payload["name"] for it in found if it is not None)
    assert names == sorted(map(str, range(10)))


async def test_what_is_done_is_gone(queue: Queue) -> None:
    await queue.add("once")
    it = await taken(queue)
    assert await queue.jobs.done(it)
    assert not await queue.jobs.done(it)
    queue.clock.forward(LONG)
    assert await queue.names() == []


async def test_what_is_put_back_comes_again_when_it_is_due(queue: Queue) -> None:
    await queue.add("again")
    assert await queue.jobs.again(await taken(queue), after=2 * LEASE)
    queue.clock.forward(2 * LEASE - SECOND)
    assert await queue.names() == []
    queue.clock.forward(SECOND)
    assert (await taken(queue)).attempt == 2


async def test_a_heartbeat_keeps_the_lease(queue: Queue) -> None:
    await queue.add("long")
    it = await taken(queue)
    for _ in range(5):
        queue.clock.forward(LEASE - SECOND)
        assert await queue.jobs.keep(it, lasting=LEASE)
    assert await queue.names() == []
    queue.clock.forward(LEASE)
    assert await queue.names() == ["long"]


async def test_a_lease_that_ran_out_is_anothers_and_its_holder_can_do_nothing(
    queue: Queue,
) -> None:
    await queue.add("taken over")
    old = await taken(queue)
    queue.clock.forward(LEASE)
    new = await taken(queue)
    assert (new.id, new.attempt) == (old.id, 2)
    assert not await queue.jobs.keep(old, lasting=LONG)
    assert not await queue.jobs.again(old, after=LONG)
    assert not await queue.jobs.done(old)
    assert await queue.names() == []
    assert await queue.jobs.done(new)


async def test_a_lease_that_ran_out_and_was_not_taken_over_is_still_its_holders(
    queue: Queue,
) -> None:
    await queue.add("late")
    it = await taken(queue)
    queue.clock.forward(LONG)
    assert await queue.jobs.done(it)


async def test_of_one_lock_there_is_one_job_at_a_time(queue: Queue) -> None:
    await queue.add("first", lock="door")
    await queue.add("second", lock="door")
    await queue.add("elsewhere", lock="window", after=SECOND)
    it = await taken(queue)
    queue.clock.forward(SECOND)
    await queue.add("third", lock="door")
    assert await queue.names() == ["elsewhere"]
    assert await queue.jobs.done(it)
    await queue.add("fourth", lock="door")
    assert await queue.names() == ["fourth"]


async def test_who_waits_hears_of_a_commit_that_brings_a_job(queue: Queue) -> None:
    waiting = asyncio.create_task(queue.jobs.wait(KINDS, longest=LONG))
    async with queue.db.write() as tx:
        await tx.accounts.get(queue.account)
    await asyncio.sleep(0)
    assert not waiting.done()
    await queue.add("new")
    await asyncio.wait_for(waiting, DEADLINE)


async def test_who_waits_goes_on_at_once_where_something_is_due(queue: Queue) -> None:
    await queue.add("due")
    await asyncio.wait_for(queue.jobs.wait(KINDS, longest=LONG), DEADLINE)
    await queue.names()
    queue.clock.forward(LEASE)
    await asyncio.wait_for(queue.jobs.wait(KINDS, longest=LONG), DEADLINE)


async def test_what_is_due_of_another_kind_wakes_nobody(queue: Queue) -> None:
    await queue.add("letter", kind="mail")
    waiting = asyncio.create_task(queue.jobs.wait(("ring",), longest=LONG))
    async with queue.db.write() as tx:
        await tx.accounts.get(queue.account)
    await asyncio.sleep(0)
    assert not waiting.done()
    await queue.add("call", kind="ring")
    await asyncio.wait_for(waiting, DEADLINE)


async def test_nobody_waits_longer_than_asked(queue: Queue) -> None:
    await asyncio.wait_for(queue.jobs.wait(KINDS, longest=timedelta(milliseconds=1)), DEADLINE)
    await queue.add("later", after=timedelta(milliseconds=1))
    await asyncio.wait_for(queue.jobs.wait(KINDS, longest=LONG), DEADLINE)


async def test_the_queue_is_told_by_kind(queue: Queue) -> None:
    assert await queue.jobs.queued() == ()
    await queue.add("a")
    await queue.add("b", after=3 * SECOND)
    await queue.add("c", kind="mail", after=LONG)
    queue.clock.forward(5 * SECOND)
    assert {it.kind: it for it in await queue.jobs.queued()} == {
        "ring": Queued("ring", due=2, later=0, oldest_seconds=5),
        "mail": Queued("mail", due=0, later=1, oldest_seconds=0),
    }


async def test_a_job_in_hand_is_not_due(queue: Queue) -> None:
    await queue.add("a")
    it = await taken(queue)
    assert await queue.jobs.queued() == (Queued("ring", due=0, later=1, oldest_seconds=0),)
    await queue.jobs.done(it)
    assert await queue.jobs.queued() == ()


@pytest.mark.parametrize("turns", range(4))
async def test_who_waits_can_be_stopped_though_a_job_comes_at_that_moment(
    queue: Queue, turns: int
) -> None:
    for before in range(20):
        waiting = asyncio.create_task(queue.jobs.wait(KINDS, longest=LONG))
        await passed(before)
        queue.stirred.set()
        await passed(turns)
        if waiting.cancel():
            with pytest.raises(asyncio.CancelledError):
                await waiting


async def passed(turns: int) -> None:
    """Returns after so many turns of the loop."""
    for _ in range(turns):
        await asyncio.sleep(0)
