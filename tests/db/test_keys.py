"""API keys and link keys in a real database."""

from uuid import uuid4

import pytest

from db.samples import api_key, minutes
from dictabelt.core.errors import Conflict, NotFound
from dictabelt.core.ids import AccountId, KeyId
from dictabelt.core.nouns import LinkKey, Scope
from dictabelt.core.ports import Database


async def test_a_key_is_found_by_its_digest(database: Database, ours: AccountId) -> None:
    full = api_key(
        ours,
        scopes=frozenset(Scope),
        expires_at=minutes(1),
        revoked_at=minutes(2),
        dialect="laml",
        device_id="device",
        end_user_id="user",
    )
    bare = api_key(ours, scopes=frozenset())
    async with database.write() as tx:
        await tx.keys.add(full)
        await tx.keys.add(bare)
    async with database.read() as view:
        assert await view.keys.by_digest(full.digest) == full
        assert await view.keys.by_digest(bare.digest) == bare
        assert await view.keys.by_digest(bytes(32)) is None


async def test_an_account_lists_its_own_keys_oldest_first(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    late, early = (api_key(ours, created_at=minutes(count)) for count in (2, 1))
    async with database.write() as tx:
        for it in (late, early, api_key(theirs)):
            await tx.keys.add(it)
    async with database.read() as view:
        assert await view.keys.of(ours) == [early, late]


async def test_a_digest_is_there_once_in_the_whole_vault(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    first = api_key(ours)
    async with database.write() as tx:
        await tx.keys.add(first)
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.keys.add(api_key(theirs, digest=first.digest))


async def test_a_key_needs_an_account(database: Database) -> None:
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.keys.add(api_key(AccountId(uuid4())))


async def test_a_revoked_key_keeps_the_instant_of_its_first_revocation(
    database: Database, ours: AccountId
) -> None:
    key, other = api_key(ours), api_key(ours)
    async with database.write() as tx:
        await tx.keys.add(key)
        await tx.keys.add(other)
        assert await tx.keys.revoke(ours, key.id, minutes(1))
        assert await tx.keys.revoke(ours, key.id, minutes(2))
    async with database.read() as view:
        found = await view.keys.by_digest(key.digest)
        assert found is not None
        assert found.revoked_at == minutes(1)
        assert await view.keys.by_digest(other.digest) == other


async def test_nobody_revokes_a_rivals_key(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    key = api_key(theirs)
    async with database.write() as tx:
        await tx.keys.add(key)
        assert not await tx.keys.revoke(ours, key.id, minutes(1))
        assert not await tx.keys.revoke(ours, KeyId(uuid4()), minutes(1))
    async with database.read() as view:
        assert await view.keys.by_digest(key.digest) == key


async def test_link_keys_come_newest_first_and_retire(database: Database) -> None:
    old, new = LinkKey("old", minutes(1)), LinkKey("new", minutes(2))
    async with database.write() as tx:
        await tx.link_keys.add(old)
        await tx.link_keys.add(new)
        await tx.link_keys.retire("old", minutes(9))
        await tx.link_keys.retire("old", minutes(3))
    async with database.read() as view:
        assert await view.link_keys.all() == [new, LinkKey("old", minutes(1), minutes(3))]


async def test_a_link_key_is_added_once_and_an_unknown_one_cannot_retire(
    database: Database,
) -> None:
    async with database.write() as tx:
        await tx.link_keys.add(LinkKey("one", minutes(1)))
        with pytest.raises(NotFound):
            await tx.link_keys.retire("two", minutes(3))

    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.link_keys.add(LinkKey("one", minutes(2)))
