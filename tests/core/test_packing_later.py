"""Packing by itself: an hour after an original came, where an account wants it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from prometheus_client.samples import Sample

from assembly import Assembly, engine
from clocks import Clock
from damaging import checked, flipped
from dictabelt.app import Oversight, listener, oversight
from dictabelt.core.accounts import AccountChanges
from dictabelt.core.limiter import Limiter
from dictabelt.core.packing import BUSY, IDLE, PACK, Packing
from originals import added, now, speech

SPOILT = "dictabelt_integrity_failures_total"
ERRORS = "dictabelt_storage_errors_total"
Harm = Callable[[Assembly, str], Awaitable[None]]


async def test_an_account_that_wants_it_has_new_originals_packed_an_hour_later(
    here: Assembly, clock: Clock
) -> None:
    off = await added(here, speech(1))
    await here.vault.accounts.change(here.ours.owner, AccountChanges(packing=True))
    on = await added(here, speech(2))
    await listener(here.vault).drain()
    assert not (await now(here, on)).packed
    clock.now += IDLE
    assert await listener(here.vault).drain() == 1
    assert (await now(here, on)).packed
    assert not (await now(here, off)).packed


async def lose(here: Assembly, key: str) -> None:
    await here.blobs.delete(key)


async def cut(here: Assembly, key: str) -> None:
    await here.tamper(key, lambda data: data[:5_000])


async def change(here: Assembly, key: str) -> None:
    await here.tamper(key, flipped)


def counted(seen: Oversight) -> dict[str, float]:
    """What became of jobs of packing, and what is said of storage; nothing that is 0."""
    found = [one for it in seen.figures.registry.collect() for one in it.samples]
    runs = {it.labels["outcome"]: it.value for it in found if _is_pack(it)}
    spoilt = {it.labels["damage"]: it.value for it in found if _is_spoilt(it)}
    errors = {"errors": sum(it.value for it in found if it.name == ERRORS)}
    return {name: value for name, value in (runs | spoilt | errors).items() if value}


def _is_pack(it: Sample) -> bool:
    return it.name == "dictabelt_job_runs_total" and it.labels["kind"] == "pack"


def _is_spoilt(it: Sample) -> bool:
    return it.name == SPOILT and it.labels["asker"] == "job"


@pytest.mark.parametrize(
    ("harm", "damage"), [(change, "changed"), (cut, "short"), (lose, "missing")]
)
async def test_an_original_that_is_damaged_is_told_of_once_and_counted_as_such(
    harm: Harm, damage: str, here: Assembly, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await here.vault.accounts.change(here.ours.owner, AccountChanges(packing=True))
    it, seen = await added(here, speech(5)), oversight()
    await listener(here.vault, seen).drain()
    key = str((await now(here, it)).blob)
    await harm(here, key)
    clock.now += IDLE
    assert await listener(here.vault, seen).drain() == 1
    clock.now += IDLE
    assert await listener(here.vault, seen).drain() == 0
    (told,) = [vars(one) for one in caplog.records if one.levelname == "WARNING"]
    assert (told["recording"], told["account"]) == (str(it.id), str(here.ours.account.id))
    assert f"({damage})" in told["reason"]
    assert counted(seen) == {"dropped": 1, damage: 1}
    media = await now(here, it)
    assert (str(media.blob), media.damage) == (key, damage)


async def test_what_a_check_has_marked_is_neither_told_nor_counted_again(
    here: Assembly, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await here.vault.accounts.change(here.ours.owner, AccountChanges(packing=True))
    it, seen = await added(here, speech(5)), oversight()
    await listener(here.vault).drain()
    await change(here, str((await now(here, it)).blob))
    await checked(here)
    clock.now += IDLE
    assert await listener(here.vault, seen).drain() == 1
    assert counted(seen) == {"done": 1}
    assert [one for one in caplog.records if one.levelname == "WARNING"] == []


async def test_an_account_that_changed_its_mind_keeps_what_came(
    here: Assembly, clock: Clock
) -> None:
    await here.vault.accounts.change(here.ours.owner, AccountChanges(packing=True))
    it = await added(here, speech(3))
    await here.vault.accounts.change(here.ours.owner, AccountChanges(packing=False))
    clock.now += IDLE
    await listener(here.vault).drain()
    assert not (await now(here, it)).packed


async def test_packing_waits_while_somebody_needs_an_encoder(here: Assembly, clock: Clock) -> None:
    await here.vault.accounts.change(here.ours.owner, AccountChanges(packing=True))
    it = await added(here, speech(4))
    clock.now += IDLE
    limiter = Limiter(2, retry_after=5)
    packing = Packing(here.db, here.blobs, packer=engine().packer, limiter=limiter)
    leased = await here.vault.jobs.lease((PACK,), lasting=timedelta(minutes=1))
    assert leased is not None
    with limiter.slot():
        assert await packing.run(leased) == BUSY
    assert not (await now(here, it)).packed
    assert await packing.run(leased) is None
    assert (await now(here, it)).packed
