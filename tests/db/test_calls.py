"""Calls in a real database."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from db.samples import call, minutes, recording
from db.test_plans import plan
from dictabelt.core.errors import Conflict, Invalid, NotFound
from dictabelt.core.ids import AccountId, CallId
from dictabelt.core.nouns import Contact, Direction, Leg, Party
from dictabelt.core.ports import Database
from dictabelt.core.search import Search, Window
from dictabelt.db.calls import CHANGE_DELETED, CHANGE_RECORDINGS
from dictabelt.db.query import Query


async def test_a_call_is_found_by_id_and_by_its_vendors_id(
    database: Database, ours: AccountId
) -> None:
    full = call(
        ours,
        direction=Direction.INBOUND,
        caller=Party("+15550001111", Leg.PSTN, "US", "Zoë", True, Contact("c", "phone", "+1")),
        callee=Party("sip:desk@example.com", Leg.SIP),
        started_at=minutes(1),
        ended_at=minutes(2),
        vendor_id="CA123",
        channel=uuid4(),
    )
    bare = call(ours)
    async with database.write() as tx:
        await tx.calls.add(ours, full)
        await tx.calls.add(ours, bare)
    async with database.read() as view:
        assert await view.calls.get(ours, full.id) == full
        assert await view.calls.get(ours, bare.id) == bare
        assert await view.calls.by_vendor_id(ours, "CA123") == full
        assert await view.calls.by_vendor_id(ours, "CA124") is None
        assert await view.calls.get(ours, CallId(uuid4())) is None


async def test_a_rivals_call_is_not_there(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    foreign = call(theirs, vendor_id="CA123")
    async with database.write() as tx:
        await tx.calls.add(theirs, foreign)
    async with database.read() as view:
        assert await view.calls.get(ours, foreign.id) is None
        assert await view.calls.by_vendor_id(ours, "CA123") is None


async def test_ids_taken_in_one_account_are_free_in_another(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    foreign = call(theirs, vendor_id="CA123")
    own = call(ours, id=foreign.id, vendor_id="CA123")
    async with database.write() as tx:
        await tx.calls.add(theirs, foreign)
        await tx.calls.add(ours, own)
    async with database.read() as view:
        assert await view.calls.get(ours, own.id) == own
        assert await view.calls.by_vendor_id(theirs, "CA123") == foreign


async def test_a_vendors_id_is_there_once_in_an_account(
    database: Database, ours: AccountId
) -> None:
    async with database.write() as tx:
        await tx.calls.add(ours, call(ours, vendor_id="CA123"))
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.calls.add(ours, call(ours, vendor_id="CA123"))


async def test_a_call_is_not_written_under_another_accounts_name(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    async with database.write() as tx:
        with pytest.raises(ValueError, match="another account"):
            await tx.calls.add(ours, call(theirs))


async def test_put_changes_everything_but_the_id(database: Database, ours: AccountId) -> None:
    before, other = call(ours), call(ours)
    after = replace(
        before,
        direction=Direction.OUTBOUND,
        caller=Party("+15550001111"),
        callee=Party("+15550002222"),
        started_at=minutes(1),
        ended_at=minutes(2),
        vendor_id="CA1",
        channel=uuid4(),
    )
    heard = recording(ours, call=after)
    async with database.write() as tx:
        await tx.calls.add(ours, before)
        await tx.calls.add(ours, other)
        await tx.recordings.add(ours, heard)
        await tx.calls.put(ours, after)
    async with database.read() as view:
        assert await view.calls.get(ours, before.id) == after
        assert await view.calls.get(ours, other.id) == other
        for number in ("+15550001111", "+15550002222"):
            page = await view.recordings.find(ours, Search(number=number), Window(9))
            assert page.items == (heard,)


async def test_put_changes_what_deleted_recordings_are_found_by(
    database: Database, ours: AccountId
) -> None:
    before = call(ours, caller=Party("+15550001111"))
    after = replace(before, caller=Party("+15550002222"))
    gone = recording(ours, call=after)
    async with database.write() as tx:
        await tx.calls.add(ours, before)
        await tx.recordings.add(ours, replace(gone, call=before))
        await tx.recordings.put(ours, replace(gone, call=before).deleted(minutes(9)))
        await tx.calls.put(ours, after)
    async with database.read() as view:
        for number, items in (("+15550001111", ()), ("+15550002222", (gone.id,))):
            search = Search(number=number, deleted_since=minutes(9))
            page = await view.recordings.find(ours, search, Window(9))
            assert tuple(it.id for it in page.items) == items


@pytest.mark.parametrize(
    ("query", "index"),
    [(CHANGE_RECORDINGS, "ix_recordings_call"), (CHANGE_DELETED, "ix_recordings_deleted")],
)
def test_recordings_of_a_call_are_changed_by_index(path: Path, query: Query, index: str) -> None:
    assert any(f"USING INDEX {index} " in step for step in plan(path, query))


async def test_put_of_a_rivals_or_an_unknown_call_finds_nothing(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    foreign, first, second = call(theirs), call(ours, vendor_id="CA1"), call(ours)
    async with database.write() as tx:
        await tx.calls.add(theirs, foreign)
        await tx.calls.add(ours, first)
        await tx.calls.add(ours, second)
        for it in (replace(foreign, account=ours, vendor_id="CA2"), call(ours)):
            with pytest.raises(NotFound):
                await tx.calls.put(ours, it)
        with pytest.raises(ValueError, match="another account"):
            await tx.calls.put(ours, replace(foreign, vendor_id="CA2"))
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.calls.put(ours, replace(second, vendor_id="CA1"))
    async with database.read() as view:
        assert await view.calls.get(theirs, foreign.id) == foreign


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
async def test_text_that_is_not_unicode_is_refused(
    database: Database, ours: AccountId, text: str
) -> None:
    with pytest.raises(Invalid):
        async with database.write() as tx:
            await tx.calls.add(ours, call(ours, vendor_id=text))
    with pytest.raises(Invalid):
        async with database.write() as tx:
            await tx.calls.add(ours, call(ours, caller=Party(text)))
    async with database.read() as view:
        with pytest.raises(Invalid):
            await view.calls.by_vendor_id(ours, text)
