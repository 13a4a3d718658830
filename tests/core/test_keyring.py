"""Link keys: made with the vault, rotated with a grace, never stored with their secret."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from assembly import Assembly
from clocks import Clock
from dictabelt.app import DATABASE
from dictabelt.core.errors import Invalid
from dictabelt.core.keyring import KeyRing, new_key_id

TICK = timedelta(microseconds=1)
WEEK = timedelta(days=7)


@pytest.fixture
async def ring(here: Assembly) -> KeyRing:
    await here.vault.ring.clock()
    return here.vault.ring


def test_a_key_id_looks_like_an_access_key_id() -> None:
    made = {new_key_id() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"DBLK[A-Z2-7]{16}", it) for it in made)


async def test_a_vault_has_one_key_however_often_it_is_started(ring: KeyRing) -> None:
    before = await ring.all()
    await ring.start()
    assert await ring.all() == before
    assert len(before) == 1


async def test_the_newest_key_signs(ring: KeyRing, clock: Clock) -> None:
    first = ring.signing()
    fresh = await ring.rotate(grace=WEEK)
    await ring.refresh(clock.now)
    assert ring.signing() == fresh.id != first
    assert [it.id for it in await ring.all()] == [fresh.id, first]


async def test_an_older_key_is_good_until_the_very_end_of_its_grace(
    ring: KeyRing, clock: Clock
) -> None:
    old = ring.signing()
    secret = ring.secret(old, clock.now)
    await ring.rotate(grace=timedelta(minutes=5))
    await ring.refresh(clock.now)
    end = clock.now + timedelta(minutes=5)
    assert ring.secret(old, end - TICK) == secret
    assert ring.secret(old, end) is None


async def test_without_a_grace_the_older_keys_are_dead_at_once(ring: KeyRing, clock: Clock) -> None:
    old = ring.signing()
    await ring.rotate(grace=timedelta(0))
    assert ring.secret(old, await ring.clock()) is None


async def test_a_second_rotation_does_not_lengthen_a_grace(ring: KeyRing, clock: Clock) -> None:
    old = ring.signing()
    await ring.rotate(grace=timedelta(minutes=5))
    await ring.rotate(grace=WEEK)
    retired = {it.id: it.retired_at for it in await ring.all()}
    assert retired[old] == clock.now + timedelta(minutes=5)


async def test_an_emergency_rotation_ends_graces_that_still_run(
    ring: KeyRing, clock: Clock
) -> None:
    stolen = ring.signing()
    await ring.rotate(grace=WEEK)
    await ring.rotate(grace=timedelta(0))
    assert ring.secret(stolen, await ring.clock()) is None


@pytest.mark.parametrize("grace", [-TICK, WEEK + TICK])
async def test_a_grace_is_nothing_to_a_week(grace: timedelta, ring: KeyRing) -> None:
    with pytest.raises(Invalid) as caught:
        await ring.rotate(grace=grace)
    assert caught.value.field == "grace"


async def test_a_rotation_by_another_process_is_seen_within_a_second(
    here: Assembly, ring: KeyRing, clock: Clock, tmp_path: Path
) -> None:
    pepper = bytes.fromhex((tmp_path / "data" / "secret.key").read_text())
    other, old = KeyRing(here.db, pepper), ring.signing()
    fresh = await other.rotate(grace=timedelta(0))
    clock.forward(timedelta(seconds=1) - TICK)
    await ring.clock()
    assert ring.signing() == old
    clock.forward(TICK)
    await ring.clock()
    assert ring.signing() == fresh.id


async def test_a_clock_that_was_set_back_does_not_keep_old_keys(
    here: Assembly, ring: KeyRing, clock: Clock, tmp_path: Path
) -> None:
    pepper = bytes.fromhex((tmp_path / "data" / "secret.key").read_text())
    fresh = await KeyRing(here.db, pepper).rotate(grace=timedelta(0))
    clock.forward(-timedelta(hours=1))
    await ring.clock()
    assert ring.signing() == fresh.id


async def test_secrets_differ_by_key_and_purpose_and_are_nowhere_on_the_disk(
    ring: KeyRing, clock: Clock, tmp_path: Path
) -> None:
    first = ring.signing()
    fresh = await ring.rotate(grace=WEEK)
    now = await ring.clock()
    secrets = [
        str(ring.secret(first, now)),
        str(ring.secret(fresh.id, now)),
        ring.session_token(first),
        ring.session_token(fresh.id),
    ]
    assert len(set(secrets)) == 4
    assert {len(it) for it in secrets} == {44}
    for file in (tmp_path / "data").glob(f"{DATABASE}*"):
        assert not any(it.encode() in file.read_bytes() for it in secrets)


async def test_an_unknown_key_has_no_secret(ring: KeyRing, clock: Clock) -> None:
    assert ring.secret(new_key_id(), clock.now) is None
