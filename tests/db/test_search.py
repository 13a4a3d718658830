"""Each condition of a search, alone, beside what must not show."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from db.samples import call, keep, media, minutes, recording
from dictabelt.core.errors import Invalid
from dictabelt.core.ids import AccountId, CallId, RecordingId
from dictabelt.core.nouns import Direction, Party, Recording, Source, State
from dictabelt.core.ports import Database
from dictabelt.core.search import Page, Search, Window

TICK = timedelta(microseconds=1)
ID = CallId(UUID("6d5f3b1c-55d0-4c0a-9a0e-3c1f6f2f0a11"))
NUMBER = "+15550003333"
ONE, TWO = Party("+15550001111"), Party("+15550002222")

Fields = Callable[[AccountId], dict[str, Any]]


def plain(**fields: Any) -> Fields:
    return lambda _owner: fields


def of_call(**fields: Any) -> Fields:
    return lambda owner: {"call": call(owner, **fields)}


CONDITIONS: dict[str, tuple[Search, Fields, Fields]] = {
    "created from": (
        Search(created_from=minutes(5)),
        plain(created_at=minutes(5)),
        plain(created_at=minutes(5) - TICK),
    ),
    "created before": (
        Search(created_before=minutes(5)),
        plain(created_at=minutes(5) - TICK),
        plain(created_at=minutes(5)),
    ),
    "started from": (
        Search(started_from=minutes(5)),
        plain(started_at=minutes(5)),
        plain(started_at=minutes(5) - TICK),
    ),
    "started before": (
        Search(started_before=minutes(5)),
        plain(started_at=minutes(5) - TICK),
        plain(started_at=minutes(5)),
    ),
    "started, when nobody knows": (
        Search(started_before=minutes(5)),
        plain(started_at=minutes(4)),
        plain(),
    ),
    "call": (Search(call=ID), of_call(id=ID), of_call()),
    "call, of none": (Search(call=ID), of_call(id=ID), plain()),
    "the vendor's id of the call": (
        Search(call_name="CA1"),
        of_call(vendor_id="CA1"),
        of_call(vendor_id="CA2"),
    ),
    "conference": (Search(conference=ID), plain(conference=ID), plain(conference=uuid4())),
    "source, a conference": (
        Search(source=ID),
        plain(source=Source.CONFERENCE, conference=ID),
        plain(source=Source.CONFERENCE, conference=uuid4()),
    ),
    "source, a call": (Search(source=ID), of_call(id=ID), of_call()),
    "channel": (Search(channel=ID), of_call(channel=ID), of_call(channel=uuid4())),
    "direction": (
        Search(direction=Direction.INBOUND),
        of_call(direction=Direction.INBOUND),
        of_call(direction=Direction.OUTBOUND),
    ),
    "number of the caller": (
        Search(number=ONE.number),
        of_call(caller=ONE),
        of_call(caller=TWO, callee=TWO),
    ),
    "number of the callee": (Search(number=ONE.number), of_call(callee=ONE), of_call()),
    "number of both": (Search(number=ONE.number), of_call(callee=ONE, caller=ONE), plain()),
    "caller": (Search(caller=ONE.number), of_call(caller=ONE), of_call(callee=ONE)),
    "callee": (Search(callee=ONE.number), of_call(callee=ONE), of_call(caller=ONE)),
    "one state": (
        Search(states=frozenset({State.FAILED})),
        plain(state=State.FAILED),
        plain(state=State.ABSENT),
    ),
    "one of two states": (
        Search(states=frozenset({State.FAILED, State.QUEUED})),
        plain(state=State.QUEUED),
        plain(state=State.ABSENT),
    ),
    "at least so long": (
        Search(shortest_ms=10),
        plain(duration_ms=10),
        plain(duration_ms=9),
    ),
    "at most so long": (Search(longest_ms=10), plain(duration_ms=10), plain(duration_ms=11)),
    "of no known length": (Search(longest_ms=10), plain(duration_ms=0), plain()),
    "tag": (Search(tag="a"), plain(tags=("b", "a")), plain(tags=("A", "b"))),
    "device": (Search(device_id="d"), plain(device_id="d"), plain(device_id="D")),
    "end user": (Search(end_user_id="e"), plain(end_user_id="e"), plain()),
    "state of a call": (
        Search(call=ID, states=frozenset({State.FAILED, State.QUEUED})),
        lambda owner: {"call": call(owner, id=ID), "state": State.QUEUED},
        plain(state=State.QUEUED),
    ),
    "start of a device's": (
        Search(device_id="d", started_from=minutes(1), started_before=minutes(2)),
        plain(device_id="d", started_at=minutes(1)),
        plain(device_id="d", started_at=minutes(2)),
    ),
}


async def found(
    database: Database, owner: AccountId, search: Search, window: Window | None = None
) -> Page[Recording]:
    async with database.read() as view:
        return await view.recordings.find(owner, search, window or Window(10))


@pytest.mark.parametrize("name", CONDITIONS)
async def test_a_search_finds_what_it_asks_for_in_the_account_alone(
    database: Database, ours: AccountId, theirs: AccountId, name: str
) -> None:
    search, asked, other = CONDITIONS[name]
    shown, hidden = recording(ours, **asked(ours)), recording(ours, **other(ours))
    foreign = recording(theirs, **asked(theirs))
    await keep(database, shown, hidden, foreign)
    assert await found(database, ours, search) == Page((shown,), more=False)
    assert await found(database, theirs, search) == Page((foreign,), more=False)
    everything = await found(database, ours, Search())
    assert {it.id for it in everything.items} == {shown.id, hidden.id}


@pytest.mark.parametrize("name", CONDITIONS)
async def test_a_search_finds_what_was_deleted_where_it_is_asked_to(
    database: Database, ours: AccountId, theirs: AccountId, name: str
) -> None:
    search, asked, other = CONDITIONS[name]
    lately, hidden, foreign = (
        recording(ours, **asked(ours)),
        recording(ours, **other(ours)),
        recording(theirs, **asked(theirs)),
    )
    long_ago = replace(lately, id=RecordingId(uuid4()))
    await keep(database, lately, long_ago, hidden, foreign)
    gone = lately.deleted(minutes(20))
    async with database.write() as tx:
        await tx.recordings.put(ours, gone)
        await tx.recordings.put(ours, long_ago.deleted(minutes(20) - TICK))
        await tx.recordings.put(ours, hidden.deleted(minutes(20)))
        await tx.recordings.put(theirs, foreign.deleted(minutes(20)))
    assert await found(database, ours, search) == Page((), more=False)
    search = replace(search, deleted_since=minutes(20))
    assert await found(database, ours, search) == Page((gone,), more=False)


async def test_all_conditions_hold_at_once(database: Database, ours: AccountId) -> None:
    def made(**fields: Any) -> Recording:
        parties = {"caller": ONE, "callee": TWO, "direction": Direction.INBOUND}
        given = {"call": call(ours, **parties), "tags": ("a",), "duration_ms": 5} | fields
        return recording(ours, **given)

    both = made()
    await keep(
        database,
        both,
        made(tags=()),
        made(duration_ms=4),
        made(call=call(ours, caller=ONE, callee=ONE, direction=Direction.INBOUND)),
        made(call=call(ours, caller=ONE, callee=TWO, direction=Direction.OUTBOUND)),
    )
    search = Search(
        caller=ONE.number,
        callee=TWO.number,
        direction=Direction.INBOUND,
        tag="a",
        shortest_ms=5,
        longest_ms=5,
    )
    assert await found(database, ours, search) == Page((both,), more=False)


async def test_live_and_deleted_ones_come_in_one_order(database: Database, ours: AccountId) -> None:
    them = [recording(ours, created_at=minutes(n), media=(media(), media())) for n in range(6)]
    await keep(database, *them)
    async with database.write() as tx:
        for it in them[::2]:
            await tx.recordings.put(ours, it.deleted(minutes(9)))
    page = await found(database, ours, Search(deleted_since=minutes(9)), Window(4))
    assert [it.id for it in page.items] == [it.id for it in reversed(them)][:4]
    assert page.more
    assert all(it.media == them[5 - n].media for n, it in enumerate(page.items))


@pytest.mark.parametrize("side", ["behind", "ahead"])
async def test_no_page_begins_at_an_unknown_or_a_rivals_recording(
    database: Database, ours: AccountId, theirs: AccountId, side: str
) -> None:
    foreign = recording(theirs)
    await keep(database, foreign, *(recording(ours, created_at=minutes(n)) for n in (-1, 1)))
    for place in (foreign.id, uuid4()):
        beside: dict[str, Any] = {side: place}
        window = Window(10, **beside)
        for search in (Search(), Search(states=frozenset({State.AVAILABLE}))):
            assert await found(database, ours, search, window) == Page((), more=False)


async def test_a_page_lies_between_two_recordings_of_which_one_is_deleted(
    database: Database, ours: AccountId
) -> None:
    old, low, middle, new = (recording(ours, created_at=minutes(n)) for n in range(4))
    await keep(database, old, low, middle, new)
    async with database.write() as tx:
        await tx.recordings.put(ours, new.deleted(minutes(4)))
    window = Window(10, behind=new.id, ahead=old.id)
    assert await found(database, ours, Search(), window) == Page((middle, low), more=False)
    assert await found(database, ours, Search(), replace(window, limit=1)) == Page(
        (middle,), more=True
    )


async def test_a_page_begins_at_the_inner_of_two_edges(database: Database, ours: AccountId) -> None:
    them = [recording(ours, created_at=minutes(n)) for n in range(10)]
    await keep(database, *them)

    async def shown(search: Search, window: Window) -> list[int]:
        page = await found(database, ours, search, window)
        return [them.index(it) for it in page.items]

    before, since = Search(created_before=minutes(5)), Search(created_from=minutes(5))
    assert await shown(before, Window(2, behind=them[8].id)) == [4, 3]
    assert await shown(before, Window(2, behind=them[3].id)) == [2, 1]
    assert await shown(since, Window(2, ahead=them[2].id)) == [6, 5]
    assert await shown(since, Window(2, ahead=them[7].id)) == [9, 8]


async def test_the_nearest_newer_ones_come_newest_first(
    database: Database, ours: AccountId
) -> None:
    them = [recording(ours, created_at=minutes(n)) for n in range(5)]
    await keep(database, *them)
    near = await found(database, ours, Search(), Window(2, ahead=them[0].id))
    assert near == Page((them[2], them[1]), more=True)
    rest = await found(database, ours, Search(), Window(2, ahead=them[2].id))
    assert rest == Page((them[4], them[3]), more=False)
    skipped = await found(database, ours, Search(), Window(2, ahead=them[0].id, skip=2))
    assert skipped == Page((them[4], them[3]), more=False)


async def test_a_transaction_searches_what_it_wrote_itself(
    database: Database, ours: AccountId
) -> None:
    it = recording(ours, tags=("new",))
    async with database.write() as tx:
        await tx.recordings.add(ours, it)
        page = await tx.recordings.find(ours, Search(tag="new"), Window(1))
        assert page == Page((it,), more=False)
    assert await found(database, ours, Search(tag="new")) == Page((it,), more=False)


@pytest.mark.parametrize("search", [Search(tag="\ud800"), Search(shortest_ms=2**63)])
async def test_what_the_database_cannot_hold_is_refused(
    database: Database, ours: AccountId, search: Search
) -> None:
    with pytest.raises(Invalid):
        await found(database, ours, search)


async def test_an_id_that_two_accounts_have_stands_for_the_callers_own(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    same = RecordingId(uuid4())
    mine = recording(ours, id=same, media=(media(),), call=call(ours, id=ID))
    foreign = recording(
        theirs,
        id=same,
        created_at=minutes(9),
        media=(media(), media()),
        call=call(theirs, id=ID, vendor_id="CA9"),
    )
    await keep(database, mine, foreign)
    assert await found(database, ours, Search(), Window(9, behind=same)) == Page((), more=False)
    assert await found(database, ours, Search()) == Page((mine,), more=False)


async def test_a_call_that_changes_is_found_by_what_it_became(
    database: Database, ours: AccountId
) -> None:
    before = call(ours, caller=Party(NUMBER), direction=Direction.INBOUND)
    it = recording(ours, call=before)
    other = recording(ours, call=call(ours, caller=Party(NUMBER)))
    await keep(database, it, other)
    after = replace(before, caller=Party("+15550007777"), direction=Direction.OUTBOUND)
    async with database.write() as tx:
        await tx.calls.put(ours, after)
    wanted = Search(number="+15550007777", direction=Direction.OUTBOUND)
    changed = replace(it, call=after)
    assert await found(database, ours, wanted) == Page((changed,), more=False)
    assert await found(database, ours, Search(number=NUMBER)) == Page((other,), more=False)


async def test_who_calls_himself_is_found_once(database: Database, ours: AccountId) -> None:
    both = recording(ours, call=call(ours, caller=Party(NUMBER), callee=Party(NUMBER)))
    one = recording(ours, created_at=minutes(1), call=call(ours, callee=Party(NUMBER)))
    await keep(database, both, one)
    assert await found(database, ours, Search(number=NUMBER)) == Page((one, both), more=False)
