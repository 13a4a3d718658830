"""Shares in a real database."""

from dataclasses import replace

import pytest

from db.samples import NOON, keep, minutes, recording, share
from dictabelt.core.errors import Conflict
from dictabelt.core.ids import AccountId
from dictabelt.core.media import Form, Mix, Variant
from dictabelt.core.share import Use
from dictabelt.db.sqlite import SqliteDatabase


async def test_a_recording_lists_its_own_shares_newest_first(
    database: SqliteDatabase, ours: AccountId, theirs: AccountId
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
    database: SqliteDatabase, ours: AccountId, theirs: AccountId
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
    database: SqliteDatabase, ours: AccountId, theirs: AccountId
) -> None:
    foreign = recording(theirs)
    await keep(database, foreign)
    async with database.write() as tx:
        with pytest.raises(ValueError, match="another account"):
            await tx.shares.add(ours, share(foreign))
        with pytest.raises(Conflict):
            await tx.shares.add(ours, share(foreign, account=ours))


async def test_uses_are_counted_and_forgotten_by_share(
    database: SqliteDatabase, ours: AccountId, theirs: AccountId
) -> None:
    heard = recording(ours)
    await keep(database, heard)
    it, other = share(heard), share(heard)
    old, new = (Use(it.id, name, minutes(1), minutes(n)) for name, n in (("::1", 2), ("::2", 3)))
    async with database.write() as tx:
        for one in (it, other):
            await tx.shares.add(ours, one)
        for use in (old, new, replace(old, share=other.id)):
            await tx.shares.put_use(ours, replace(use, last_at=minutes(1)))
            await tx.shares.put_use(ours, use)
        for account in (theirs, ours, ours):
            await tx.shares.heard(account, it.id, more=1, at=minutes(4))
        for account in (theirs, ours):
            await tx.shares.forget_uses(account, it.id, minutes(2))
    async with database.read() as view:
        assert await view.shares.get(ours, it.id) == replace(it, used=2, last_used_at=minutes(4))
        assert await view.shares.get(ours, other.id) == other
        assert await view.shares.use(ours, it.id, "::1") is None
        assert await view.shares.use(ours, it.id, "::2") == new
        assert await view.shares.use(theirs, it.id, "::2") is None
        assert await view.shares.use(ours, other.id, "::1") == replace(old, share=other.id)


async def test_nobody_uses_what_is_not_there(database: SqliteDatabase, ours: AccountId) -> None:
    async with database.write() as tx:
        with pytest.raises(Conflict):
            await tx.shares.put_use(ours, Use(share(recording(ours)).id, "::1", NOON, NOON))
