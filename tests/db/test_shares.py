"""Shares in a real database."""

from dataclasses import replace

import pytest

from db.samples import keep, minutes, recording, share
from dictabelt.core.errors import Conflict
from dictabelt.core.ids import AccountId
from dictabelt.core.media import Form
from dictabelt.db.sqlite import SqliteDatabase


async def test_a_recording_lists_its_own_shares_newest_first(
    database: SqliteDatabase, ours: AccountId, theirs: AccountId
) -> None:
    heard, elsewhere, foreign = recording(ours), recording(ours), recording(theirs)
    await keep(database, heard, elsewhere, foreign)
    early = share(heard, created_at=minutes(1), form=Form.WAV, note="for Zoë")
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
