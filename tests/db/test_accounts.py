"""Accounts in a real database."""

from dataclasses import replace
from uuid import uuid4

import pytest

from db.samples import account, minutes
from dictabelt.core.errors import Conflict, NotFound
from dictabelt.core.nouns import Delivery
from dictabelt.core.ports import Database


async def test_an_account_is_found_by_id_and_by_name(database: Database) -> None:
    full = account(
        "full",
        media_public=False,
        link_seconds=60,
        delivery=Delivery.REDIRECT,
        requests_a_minute=600,
        upload_urls_a_minute=30,
    )
    other = account("other")
    async with database.write() as tx:
        await tx.accounts.add(full)
        await tx.accounts.add(other)
    async with database.read() as view:
        assert await view.accounts.get(full.id) == full
        assert await view.accounts.named("full") == full
        assert await view.accounts.named("other") == other
        assert await view.accounts.named("Full") is None
        assert await view.accounts.get(uuid4()) is None


async def test_all_accounts_come_oldest_first(database: Database) -> None:
    late, early = account("late", created_at=minutes(2)), account("early", created_at=minutes(1))
    async with database.write() as tx:
        await tx.accounts.add(late)
        await tx.accounts.add(early)
    async with database.read() as view:
        assert await view.accounts.all() == [early, late]


@pytest.mark.parametrize("taken", ["id", "name"])
async def test_a_second_account_of_the_same(database: Database, taken: str) -> None:
    first = account("first")
    async with database.write() as tx:
        await tx.accounts.add(first)
    same = {"id": first.id} if taken == "id" else {}
    second = account("first" if taken == "name" else "second", **same)
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.accounts.add(second)
    async with database.read() as view:
        assert await view.accounts.all() == [first]


async def test_put_changes_everything_but_the_creation(database: Database) -> None:
    before, other = account("before"), account("other")
    after = replace(
        before,
        name="after",
        media_public=False,
        link_seconds=1,
        delivery=Delivery.REDIRECT,
        requests_a_minute=2,
        upload_urls_a_minute=3,
    )
    async with database.write() as tx:
        await tx.accounts.add(before)
        await tx.accounts.add(other)
        await tx.accounts.put(before.id, replace(after, created_at=minutes(9)))
    async with database.read() as view:
        assert await view.accounts.get(before.id) == after
        assert await view.accounts.get(other.id) == other


async def test_put_keeps_names_apart_and_accounts_too(database: Database) -> None:
    one, two = account("one"), account("two")
    async with database.write() as tx:
        await tx.accounts.add(one)
        await tx.accounts.add(two)
        with pytest.raises(ValueError, match="another account"):
            await tx.accounts.put(two.id, replace(one, name="three"))
        unknown = account("unknown")
        with pytest.raises(NotFound):
            await tx.accounts.put(unknown.id, unknown)
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.accounts.put(two.id, replace(two, name="one"))
    async with database.read() as view:
        assert await view.accounts.get(one.id) == one
        assert await view.accounts.get(two.id) == two
