"""Accounts in a real database."""

from uuid import uuid4

import pytest

from db.samples import account, minutes
from dictabelt.core.errors import Conflict
from dictabelt.core.nouns import Delivery
from dictabelt.db.sqlite import SqliteDatabase


async def test_an_account_is_found_by_id_and_by_name(database: SqliteDatabase) -> None:
    full = account("full", media_public=False, link_seconds=60, delivery=Delivery.REDIRECT)
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


async def test_all_accounts_come_oldest_first(database: SqliteDatabase) -> None:
    late, early = account("late", created_at=minutes(2)), account("early", created_at=minutes(1))
    async with database.write() as tx:
        await tx.accounts.add(late)
        await tx.accounts.add(early)
    async with database.read() as view:
        assert await view.accounts.all() == [early, late]


@pytest.mark.parametrize("taken", ["id", "name"])
async def test_a_second_account_of_the_same(database: SqliteDatabase, taken: str) -> None:
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
