"""Links on a leash: how often, from where, for which part, and what one use is."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from assembly import Assembly
from clocks import Clock, Clocked
from dictabelt.app import database_of
from dictabelt.core.errors import (
    Invalid,
    LinkElsewhere,
    LinkRevoked,
    LinkUsedUp,
    NotFound,
    NotReady,
    VaultError,
)
from dictabelt.core.ids import KeyId, LinkId, new_uuid
from dictabelt.core.leashes import MOST_NETWORKS, MOST_USES
from dictabelt.core.media import Form, Mix, Variant
from dictabelt.core.networks import caller
from dictabelt.core.nouns import Terms
from dictabelt.core.share import Caller, Leash, Share
from dictabelt.core.shares import Shares
from dictabelt.db.seal import NoSeal

MINUTE = timedelta(minutes=1)
HOUR = Terms(Variant(Form.MP3), timedelta(hours=1))
ANNA, BERT = caller("192.0.2.7"), caller("2001:db8::9")
CARL = caller("198.51.100.3")


async def shared(here: Assembly, leash: Leash) -> Share:
    call = here.ours.recordings["call"].id
    return (await here.vault.shares.make(here.ours.owner, call, HOUR, leash=leash)).share


async def now_is(here: Assembly, it: Share) -> Share:
    return await here.vault.shares.get(here.ours.owner, it.recording, it.id)


@pytest.fixture
async def beside(here: Assembly, clock: Clock) -> AsyncIterator[Shares]:
    """The shares of another worker over the same rows."""
    database = await database_of(here.settings).open(NoSeal())
    yield Shares(Clocked(database, clock), here.vault.links)
    await database.close()


async def test_a_share_tells_its_leash_and_who_made_it(here: Assembly) -> None:
    call, owner = here.ours.recordings["call"].id, here.ours.owner
    key = KeyId(new_uuid())
    part = Terms(Variant(Form.WAV, Mix.LEFT, 500, 1_500), timedelta(hours=1))
    leash = Leash(3, ("2001:DB8::/32", "192.0.2.9", "192.0.2.9"), "for Zoë")
    made = await here.vault.shares.make(replace(owner, key=key), call, part, leash=leash)
    it = await here.vault.shares.get(owner, call, made.share.id)
    assert it == made.share
    assert (it.variant, made.link.variant) == (part.variant, part.variant)
    assert (it.uses, it.used, it.last_used_at, it.made_by) == (3, 0, None, key)
    assert (it.networks, it.note) == (("2001:db8::/32", "192.0.2.9/32"), "for Zoë")
    assert (await shared(here, Leash())).made_by is None


@pytest.mark.parametrize(
    ("leash", "field"),
    [
        (Leash(uses=0), "uses"),
        (Leash(uses=-1), "uses"),
        (Leash(uses=MOST_USES + 1), "uses"),
        (Leash(networks=("192.0.2.1/24",)), "networks"),
        (Leash(networks=("everywhere",)), "networks"),
        (Leash(networks=("192.0.2.0/24",) * (MOST_NETWORKS + 1)), "networks"),
    ],
)
async def test_a_leash_that_cannot_be_is_refused(leash: Leash, field: str, here: Assembly) -> None:
    with pytest.raises(Invalid) as refused:
        await shared(here, leash)
    assert refused.value.field == field
    assert await here.vault.shares.of(here.ours.owner, here.ours.recordings["call"].id) == []


@pytest.mark.parametrize(
    ("which", "variant", "refusal"),
    [
        ("call", Variant(Form.MP3, start_ms=60_000), Invalid),
        ("call", Variant(Form.WAV, start_ms=900, end_ms=900), Invalid),
        ("call", Variant(Form.OPUS, end_ms=900), Invalid),
        ("call", Variant(Form.ORIGINAL, Mix.LEFT), Invalid),
        ("sip", Variant(Form.WAV, Mix.RIGHT), NotFound),
        ("failed", Variant(Form.WAV), NotReady),
    ],
)
async def test_a_link_to_what_can_never_be_heard_is_refused_when_it_is_made(
    which: str, variant: Variant, refusal: type[VaultError], here: Assembly
) -> None:
    terms, id = Terms(variant, timedelta(hours=1)), here.ours.recordings[which].id
    for work in (
        here.vault.shares.make(here.ours.owner, id, terms),
        here.vault.links.to_media(here.ours.owner, id, terms),
    ):
        with pytest.raises(refusal):
            await work


async def test_requests_of_one_address_are_one_use_until_it_is_quiet(
    here: Assembly, clock: Clock
) -> None:
    it = await shared(here, Leash(uses=2))
    for pause in (0, 1, 14, 15, 15):
        clock.forward(pause * MINUTE)
        await here.vault.shares.admit(here.ours.owner, it.id, ANNA)
        assert (await now_is(here, it)).used == 1
    clock.forward(16 * MINUTE)
    await here.vault.shares.admit(here.ours.owner, it.id, ANNA)
    assert (await now_is(here, it)).used == 2
    clock.forward(16 * MINUTE)
    with pytest.raises(LinkUsedUp):
        await here.vault.shares.admit(here.ours.owner, it.id, ANNA)
    assert (await now_is(here, it)).used == 2


async def test_requests_within_a_minute_write_nothing(here: Assembly, clock: Clock) -> None:
    it = await shared(here, Leash())
    began = clock.now
    for seconds in (0, 1, 58, 59, 60, 119, 120):
        clock.now = began + timedelta(seconds=seconds)
        await here.vault.shares.admit(here.ours.owner, it.id, ANNA)
        last = (await now_is(here, it)).last_used_at
        assert last == began + timedelta(seconds=seconds // 60 * 60)


async def test_another_address_is_another_use(here: Assembly) -> None:
    it = await shared(here, Leash(uses=2))
    for who in (ANNA, BERT, ANNA):
        await here.vault.shares.admit(here.ours.owner, it.id, who)
    with pytest.raises(LinkUsedUp):
        await here.vault.shares.admit(here.ours.owner, it.id, caller("192.0.2.8"))
    for who in (ANNA, BERT):
        await here.vault.shares.admit(here.ours.owner, it.id, who)
    assert (await now_is(here, it)).used == 2


async def test_whose_address_is_unknown_counts_as_one(here: Assembly) -> None:
    it = await shared(here, Leash(uses=1))
    for host in (None, "testclient"):
        await here.vault.shares.admit(here.ours.owner, it.id, caller(host))
    with pytest.raises(LinkUsedUp):
        await here.vault.shares.admit(here.ours.owner, it.id, ANNA)


async def test_a_look_is_refused_alike_and_counts_nothing(here: Assembly) -> None:
    shares, owner = here.vault.shares, here.ours.owner
    it = await shared(here, Leash(uses=1))
    await shares.look(owner, it.id, ANNA)
    assert (await now_is(here, it)).used == 0
    await shares.admit(owner, it.id, BERT)
    await shares.look(owner, it.id, BERT)
    with pytest.raises(LinkUsedUp):
        await shares.look(owner, it.id, ANNA)


async def test_a_use_is_counted_for_its_own_share_alone(here: Assembly) -> None:
    one, other = await shared(here, Leash(uses=1)), await shared(here, Leash(uses=1))
    await here.vault.shares.admit(here.ours.owner, one.id, ANNA)
    assert ((await now_is(here, one)).used, (await now_is(here, other)).used) == (1, 0)
    await here.vault.shares.admit(here.ours.owner, other.id, ANNA)


async def test_callers_of_other_networks_are_refused_and_not_counted(here: Assembly) -> None:
    it = await shared(here, Leash(uses=1, networks=("192.0.2.0/24",)))
    for who in (BERT, caller("198.51.100.1"), caller(None)):
        with pytest.raises(LinkElsewhere):
            await here.vault.shares.admit(here.ours.owner, it.id, who)
    assert (await now_is(here, it)).used == 0
    await here.vault.shares.admit(here.ours.owner, it.id, caller("::ffff:192.0.2.7"))
    await here.vault.shares.admit(here.ours.owner, it.id, ANNA)
    assert (await now_is(here, it)).used == 1


async def test_revoked_comes_before_elsewhere_and_that_before_used_up(here: Assembly) -> None:
    shares, owner = here.vault.shares, here.ours.owner
    it = await shared(here, Leash(uses=1, networks=("192.0.2.0/24",)))
    await shares.admit(owner, it.id, ANNA)
    with pytest.raises(LinkElsewhere):
        await shares.admit(owner, it.id, BERT)
    with pytest.raises(LinkUsedUp):
        await shares.admit(owner, it.id, caller("192.0.2.8"))
    await shares.revoke(owner, it.recording, it.id)
    for who in (ANNA, BERT, caller("192.0.2.8")):
        with pytest.raises(LinkRevoked):
            await shares.admit(owner, it.id, who)


async def test_the_last_use_is_had_by_one_of_many_who_come_at_once(
    here: Assembly, beside: Shares
) -> None:
    owner = here.ours.owner
    it = await shared(here, Leash(uses=3))
    crowd = [caller(f"192.0.2.{n}") for n in range(20)]
    came = await asyncio.gather(
        *(
            (here.vault.shares, beside)[n % 2].admit(owner, it.id, who)
            for n, who in enumerate(crowd)
        ),
        return_exceptions=True,
    )
    assert sum(one is None for one in came) == 3
    assert all(one is None or isinstance(one, LinkUsedUp) for one in came)
    assert (await now_is(here, it)).used == 3


async def test_many_ranges_at_once_of_one_player_are_one_use(
    here: Assembly, beside: Shares
) -> None:
    it = await shared(here, Leash(uses=1))
    both = (here.vault.shares, beside)
    await asyncio.gather(*(both[n % 2].admit(here.ours.owner, it.id, ANNA) for n in range(20)))
    assert (await now_is(here, it)).used == 1


async def test_another_worker_sees_uses_and_revocations_at_once(
    here: Assembly, beside: Shares
) -> None:
    owner, it = here.ours.owner, await shared(here, Leash(uses=1))
    await beside.admit(owner, it.id, ANNA)
    with pytest.raises(LinkUsedUp):
        await here.vault.shares.admit(owner, it.id, BERT)
    await here.vault.shares.revoke(owner, it.recording, it.id)
    with pytest.raises(LinkRevoked):
        await beside.admit(owner, it.id, ANNA)
    with pytest.raises(LinkRevoked):
        await beside.look(owner, it.id, ANNA)


async def kept(here: Assembly, it: Share, who: Caller) -> bool:
    async with here.db.read() as tx:
        return await tx.shares.use(it.account, it.id, who.address) is not None


async def test_the_next_use_of_any_link_forgets_the_addresses_of_those_that_ended(
    here: Assembly, clock: Clock
) -> None:
    it, other = await shared(here, Leash()), await shared(here, Leash())
    theirs = here.theirs.recordings["call"].id
    foreign = (await here.vault.shares.make(here.theirs.owner, theirs, HOUR)).share
    for one in (it, other):
        await here.vault.shares.admit(here.ours.owner, one.id, ANNA)
    await here.vault.shares.admit(here.theirs.owner, foreign.id, ANNA)
    clock.forward(MINUTE)
    await here.vault.shares.admit(here.ours.owner, other.id, CARL)
    clock.forward(15 * MINUTE)
    await here.vault.shares.admit(here.ours.owner, it.id, BERT)
    assert [await kept(here, one, ANNA) for one in (it, other, foreign)] == [False, False, True]
    assert (await kept(here, it, BERT), await kept(here, other, CARL)) == (True, True)


@pytest.mark.parametrize("how", ["delete", "delete_media"])
async def test_what_is_deleted_forgets_who_listened_to_it(how: str, here: Assembly) -> None:
    owner, sip = here.ours.owner, here.ours.recordings["sip"].id
    it, beside = await shared(here, Leash()), (await here.vault.shares.make(owner, sip, HOUR)).share
    for one in (it, beside):
        await here.vault.shares.admit(owner, one.id, ANNA)
    await getattr(here.vault.recordings, how)(owner, it.recording)
    assert [await kept(here, one, ANNA) for one in (it, beside)] == [False, True]
    with pytest.raises(NotFound):
        await here.vault.shares.admit(owner, it.id, ANNA)
    assert not await kept(here, it, ANNA)


async def test_another_accounts_share_admits_nobody_here(here: Assembly) -> None:
    it = await shared(here, Leash())
    for id in (it.id, LinkId(new_uuid())):
        with pytest.raises(LinkRevoked):
            await here.vault.shares.admit(here.theirs.owner, id, ANNA)
    assert (await now_is(here, it)).used == 0
