"""Packing by itself: an hour after an original came, where an account wants it."""

from datetime import timedelta

import pytest

from assembly import Assembly, engine
from clocks import Clock
from dictabelt.app import listener, oversight
from dictabelt.core.accounts import AccountChanges
from dictabelt.core.limiter import Limiter
from dictabelt.core.packing import BUSY, IDLE, PACK, Packing
from originals import added, now, speech


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


async def test_an_original_that_is_not_packed_is_told_of_once(
    here: Assembly, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await here.vault.accounts.change(here.ours.owner, AccountChanges(packing=True))
    it, seen = await added(here, speech(5)), oversight()
    await listener(here.vault, seen).drain()
    key = str((await now(here, it)).blob)
    await here.tamper(key, lambda data: data[:9_000] + bytes([data[9_000] ^ 1]) + data[9_001:])
    clock.now += IDLE
    assert await listener(here.vault, seen).drain() == 1
    clock.now += IDLE
    assert await listener(here.vault, seen).drain() == 0
    (told,) = [vars(one) for one in caplog.records if one.levelname == "WARNING"]
    assert (told["recording"], told["account"]) == (str(it.id), str(here.ours.account.id))
    labels = {"asker": "job", "damage": "changed"}
    figures = seen.figures.registry
    assert figures.get_sample_value("dictabelt_integrity_failures_total", labels) == 1
    assert str((await now(here, it)).blob) == key


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
