"""Deliveries in a real database: one of an event to a receiver, however often it is added."""

from dataclasses import replace
from uuid import uuid4

import pytest

from db.samples import delivery, event, minutes, recording
from dictabelt.core.errors import Conflict, NotFound
from dictabelt.core.ids import AccountId, DeliveryId, HookId
from dictabelt.core.ports import Database
from dictabelt.core.webhook import DeliveryState, Event


async def happened(database: Database, owner: AccountId) -> Event:
    it = event(recording(owner))
    async with database.write() as tx:
        await tx.events.add(owner, it)
    return it


async def test_a_second_delivery_to_a_receiver_changes_nothing(
    database: Database, ours: AccountId
) -> None:
    it = await happened(database, ours)
    called = delivery(it, url="https://a.example", attempts=1)
    hooked = delivery(it, hook=HookId(uuid4()), created_at=minutes(1))
    async with database.write() as tx:
        for first in (called, hooked):
            again = replace(first, id=DeliveryId(uuid4()), attempts=7)
            assert await tx.deliveries.add(ours, first)
            assert not await tx.deliveries.add(ours, again)
            assert await tx.deliveries.get(ours, again.id) is None
        # a hook is the receiver wherever it points to
        moved = replace(hooked, id=DeliveryId(uuid4()), url="https://b.example")
        assert not await tx.deliveries.add(ours, moved)
    async with database.read() as view:
        assert await view.deliveries.of(ours, it.id) == [called, hooked]


async def test_other_receivers_dialects_events_and_accounts_have_their_own(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    it, later = await happened(database, ours), await happened(database, ours)
    foreign = await happened(database, theirs)
    them = [
        delivery(it),
        delivery(it, url="https://b.example", created_at=minutes(1)),
        delivery(it, dialect="laml", created_at=minutes(2)),
        delivery(it, hook=HookId(uuid4()), created_at=minutes(3)),
    ]
    rival = delivery(foreign)
    async with database.write() as tx:
        for each in (*reversed(them), delivery(later), rival):
            assert await tx.deliveries.add(each.account, each)
    async with database.read() as view:
        assert await view.deliveries.of(ours, it.id) == them
        assert await view.deliveries.of(ours, foreign.id) == []
        assert await view.deliveries.get(ours, rival.id) is None
        assert await view.deliveries.get(theirs, rival.id) == rival


async def test_put_tells_how_it_went(database: Database, ours: AccountId) -> None:
    before = delivery(await happened(database, ours), address={"method": "GET"})
    after = replace(
        before,
        state=DeliveryState.FAILED,
        attempts=3,
        status=500,
        error="refused",
        updated_at=minutes(1),
        address={"method": "POST", "n": [1]},
    )
    async with database.write() as tx:
        await tx.deliveries.add(ours, before)
        await tx.deliveries.put(ours, after)
    async with database.read() as view:
        assert await view.deliveries.get(ours, before.id) == after


async def test_a_delivery_needs_an_event_and_an_owner(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    rival = delivery(await happened(database, theirs))
    async with database.write() as tx:
        await tx.deliveries.add(theirs, rival)
        for write in (tx.deliveries.add, tx.deliveries.put):
            with pytest.raises(ValueError, match="another account"):
                await write(ours, rival)
        with pytest.raises(NotFound):
            await tx.deliveries.put(ours, replace(rival, account=ours, attempts=9))
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.deliveries.add(ours, replace(rival, account=ours))
    async with database.read() as view:
        assert await view.deliveries.get(theirs, rival.id) == rival
