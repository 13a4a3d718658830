"""Shares in a real database."""

from dataclasses import replace

import pytest

from db.samples import NOON, keep, minutes, recording, share
from dictabelt.core.errors import Conflict
from dictabelt.core.ids import AccountId
from dictabelt.core.media import Form, Mix, Variant
from dictabelt.core.ports import Database
from dictabelt.core.share import Share, Use


async def test_a_recording_lists_its_own_shares_newest_first(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    heard, elsewhere, foreign = recording(ours), recording(ours), recording(theirs)
    await keep(database, heard, elsewhere, foreign)
    early = share(
        heard,
        created_at=minutes(1),
        variant=Variant(Form.WAV, Mix.LEFT, 250, 1_500),
        note="for Zoë",
    )
    late = share(heard, created_at=minutes(2), revoked_at=minutes(3))
    rival = share(foreign)
    async with database.write() as tx:
        for it in (early, late, share(elsewhere), rival):
            await tx.shares.add(it.account, it)
    async with database.read() as view:
        assert await view.shares.of(ours, heard.id) == [late, early]
        assert await view.shares.get(ours, early.id) == early
        assert await view.shares.of(ours, foreign.id) == []
        assert await view.shares.get(ours, rival.id) is None


async def test_the_first_instant_of_a_revocation_stays(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    heard = recording(ours)
    await keep(database, heard)
    it, other = share(heard), share(heard)
    async with database.write() as tx:
        await tx.shares.add(ours, it)
        await tx.shares.add(ours, other)
        assert not await tx.shares.revoke(theirs, it.id, minutes(1))
        assert await tx.shares.revoke(ours, it.id, minutes(2))
        assert await tx.shares.revoke(ours, it.id, minutes(3))
    async with database.read() as view:
        assert await view.shares.get(ours, it.id) == replace(it, revoked_at=minutes(2))
        assert await view.shares.get(ours, other.id) == other


async def test_a_share_of_a_rivals_recording_is_refused(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    foreign = recording(theirs)
    await keep(database, foreign)
    async with database.write() as tx:
        with pytest.raises(ValueError, match="another account"):
            await tx.shares.add(ours, share(foreign))
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.shares.add(ours, share(foreign, account=ours))


async def test_uses_are_counted_by_share(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    heard = recording(ours)
    await keep(database, heard)
    it, other = share(heard), share(heard)
    use = Use(it.id, "::1", minutes(1), minutes(3))
    async with database.write() as tx:
        for one in (it, other):
            await tx.shares.add(ours, one)
        await tx.shares.put_use(ours, replace(use, last_at=minutes(1)))
        await tx.shares.put_use(ours, use)
        for account in (theirs, ours, ours):
            await tx.shares.heard(account, it.id, more=1, at=minutes(4))
    async with database.read() as view:
        assert await view.shares.get(ours, it.id) == replace(it, used=2, last_used_at=minutes(4))
        assert await view.shares.get(ours, other.id) == other
        assert await view.shares.use(ours, it.id, "::1") == use
        assert await view.shares.use(theirs, it.id, "::1") is None
        assert await view.shares.use(ours, other.id, "::1") is None


async def listened(database: Database, *them: Share) -> None:
    """Two addresses by each, until minute 2 and until minute 3."""
    async with database.write() as tx:
        for it in them:
            await tx.shares.add(it.account, it)
            for address, last in (("::2", 2), ("::3", 3)):
                await tx.shares.put_use(it.account, Use(it.id, address, minutes(1), minutes(last)))


async def left(database: Database, it: Share) -> list[str]:
    async with database.read() as view:
        return [
            address
            for address in ("::2", "::3")
            if await view.shares.use(it.account, it.id, address) is not None
        ]


async def test_old_uses_of_all_shares_of_an_account_are_forgotten(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    heard, elsewhere, foreign = recording(ours), recording(ours), recording(theirs)
    await keep(database, heard, elsewhere, foreign)
    it, beside, rival = share(heard), share(elsewhere), share(foreign)
    await listened(database, it, beside, rival)
    async with database.write() as tx:
        await tx.shares.forget_uses(ours, minutes(2))
    assert [await left(database, one) for one in (it, beside)] == [["::3"], ["::3"]]
    assert await left(database, rival) == ["::2", "::3"]


async def test_all_uses_of_a_recordings_shares_are_forgotten(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    heard, elsewhere = recording(ours), recording(ours)
    await keep(database, heard, elsewhere)
    one, other, beside = share(heard), share(heard), share(elsewhere)
    await listened(database, one, other, beside)
    async with database.write() as tx:
        await tx.shares.forget_uses_of(theirs, heard.id)
        await tx.shares.forget_uses_of(ours, elsewhere.id)
    assert [await left(database, it) for it in (one, other)] == [["::2", "::3"], ["::2", "::3"]]
    assert await left(database, beside) == []
    async with database.write() as tx:
        await tx.shares.forget_uses_of(ours, heard.id)
    assert [await left(database, it) for it in (one, other)] == [[], []]


async def test_nobody_uses_what_is_not_there(database: Database, ours: AccountId) -> None:
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.shares.put_use(ours, Use(share(recording(ours)).id, "::1", NOON, NOON))
