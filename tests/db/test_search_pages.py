"""Pages of a search: each recording once, whatever happens between two of them."""

from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.samples import account, keep, media, minutes, recording
from dictabelt.core.ids import AccountId, CallId, RecordingId
from dictabelt.core.nouns import Call, Direction, Party, Recording, Source, State
from dictabelt.core.ports import Database
from dictabelt.core.search import Page, Search, Window

MANY = 1_000
TO_AN_INSTANT = 37
A_PAGE = 50
TAGGED = Search(tag="a", states=frozenset({State.AVAILABLE, State.ABSENT}))

NUMBERS = ("+15550001111", "+15550002222")
IDS = [UUID(int=n) for n in range(1, 4)]
WORDS = st.sampled_from(["a", "b"])
INSTANTS = st.integers(0, 4).map(minutes)
PARTIES = st.none() | st.sampled_from(NUMBERS).map(Party)
UNOWNED = AccountId(UUID(int=0))


def place(it: Recording) -> tuple[datetime, int]:
    return it.created_at, it.id.int


def newest_first(them: list[Recording]) -> list[Recording]:
    return sorted(them, key=place, reverse=True)


def beside(side: str, id: UUID) -> dict[str, Any]:
    return {side: id}


async def disturb(database: Database, owner: AccountId, page: Page[Recording]) -> set[UUID]:
    """Adds recordings beside and around the page, deletes its edges; gives who did not stay."""
    moment = page.items[-1].created_at
    added = [recording(owner, created_at=it, tags=("a",)) for it in (moment, minutes(0))]
    added += [recording(owner, created_at=minutes(MANY), tags=("a",))]
    gone = [page.items[0], page.items[-1]]
    await keep(database, *added)
    async with database.write() as tx:
        for it in gone:
            await tx.recordings.put(owner, it.deleted(minutes(MANY)))
    return {it.id for it in (*added, *gone)}


@pytest.mark.parametrize("search", [Search(), TAGGED, Search(deleted_since=minutes(0))])
@pytest.mark.parametrize("side", ["behind", "ahead"])
async def test_each_recording_that_stays_is_seen_once(
    database: Database, ours: AccountId, *, search: Search, side: str
) -> None:
    them = [
        recording(ours, created_at=minutes(n // TO_AN_INSTANT), tags=("a",)) for n in range(MANY)
    ]
    ordered = newest_first(them)
    await keep(database, *them)
    seen, passing = [ordered[0 if side == "behind" else -1].id], set()
    for _ in range(MANY):
        async with database.read() as view:
            window = replace(Window(A_PAGE), **beside(side, seen[-1]))
            page = await view.recordings.find(ours, search, window)
        seen += [it.id for it in (page.items if side == "behind" else reversed(page.items))]
        if not page.more:
            break
        assert len(page.items) == A_PAGE
        passing |= await disturb(database, ours, page)
    stayed = [it.id for it in (ordered if side == "behind" else reversed(ordered))]
    assert [it for it in seen if it not in passing] == [it for it in stayed if it not in passing]
    assert len(seen) == len(set(seen))


async def test_going_back_shows_the_same_pages(database: Database, ours: AccountId) -> None:
    await keep(database, *(recording(ours, created_at=minutes(n // 7)) for n in range(60)))
    async with database.read() as view:
        pages = [await view.recordings.find(ours, Search(), Window(20))]
        while pages[-1].more:
            window = Window(20, behind=pages[-1].items[-1].id)
            pages.append(await view.recordings.find(ours, Search(), window))
        assert [len(it.items) for it in pages] == [20, 20, 20]
        for before, after in pairwise(pages):
            window = Window(20, ahead=after.items[0].id)
            again = await view.recordings.find(ours, Search(), window)
            assert again.items == before.items
            assert again.more == (before is not pages[0])


def within(lowest: Any, value: Any, end: Any) -> bool:
    if value is None:
        return lowest is None and end is None
    return (lowest is None or lowest <= value) and (end is None or value < end)


def holds(search: Search, it: Recording) -> bool:
    """What a search means, said plainly."""
    one = it.call or Call(id=CallId(uuid4()), account=it.account)
    caller = one.caller and one.caller.number
    callee = one.callee and one.callee.number
    equal: list[tuple[object, object]] = [
        (search.call, it.call and it.call.id),
        (search.call_name, one.vendor_id),
        (search.conference, it.conference),
        (search.source, it.source_id),
        (search.channel, one.channel),
        (search.direction, one.direction),
        (search.caller, caller),
        (search.callee, callee),
        (search.device_id, it.device_id),
        (search.end_user_id, it.end_user_id),
        (search.transcribed, it.transcript is not None),
    ]
    too_long = None if search.longest_ms is None else search.longest_ms + 1
    since = search.deleted_since
    return (
        all(wanted in (None, value) for wanted, value in equal)
        and search.number in (None, caller, callee)
        and (search.tag is None or search.tag in it.tags)
        and (not search.states or it.state in search.states)
        and within(search.created_from, it.created_at, search.created_before)
        and within(search.started_from, it.started_at, search.started_before)
        and within(search.shortest_ms, it.duration_ms, too_long)
        and (it.deleted_at is None or (since is not None and since <= it.deleted_at))
    )


def expected(them: list[Recording], search: Search, window: Window) -> Page[Recording]:
    """The page, by going through all of the account's recordings."""
    places = {it.id: place(it) for it in them}
    behind, ahead = (
        None if it is None else RecordingId(it) for it in (window.behind, window.ahead)
    )
    if not {behind, ahead} <= {None, *places}:
        return Page((), more=False)
    found = [it for it in newest_first(them) if holds(search, it)]
    if behind is not None:
        found = [it for it in found if place(it) < places[behind]]
    if ahead is not None:
        found = [it for it in found if place(it) > places[ahead]]
    if ahead is not None and behind is None:
        nearest = found[::-1][window.skip :]
        return Page(tuple(nearest[: window.limit][::-1]), len(nearest) > window.limit)
    rest = found[window.skip :]
    return Page(tuple(rest[: window.limit]), len(rest) > window.limit)


CALLS = st.lists(
    st.builds(
        Call,
        id=st.none(),
        account=st.just(UNOWNED),
        direction=st.none() | st.sampled_from(Direction),
        caller=PARTIES,
        callee=PARTIES,
        channel=st.none() | st.sampled_from(IDS),
        vendor_id=st.none(),
    ),
    min_size=3,
    max_size=3,
).map(
    lambda them: [replace(it, id=CallId(IDS[n]), vendor_id="abc"[n]) for n, it in enumerate(them)]
)
FIELDS = st.fixed_dictionaries(
    {
        "created_at": INSTANTS,
        "started_at": st.none() | INSTANTS,
        "source": st.sampled_from(Source),
        "conference": st.none() | st.sampled_from(IDS),
        "state": st.sampled_from([State.AVAILABLE, State.ABSENT, State.FAILED]),
        "duration_ms": st.none() | st.integers(0, 3),
        "tags": st.lists(WORDS, max_size=3).map(tuple),
        "device_id": st.none() | WORDS,
        "end_user_id": st.none() | WORDS,
        "deleted_at": st.none() | st.integers(5, 7).map(minutes),
        "call": st.none() | st.integers(0, 2),
        "files": st.integers(0, 2),
    }
)
SEARCHES = st.builds(
    Search,
    created_from=INSTANTS,
    created_before=INSTANTS,
    started_from=INSTANTS,
    started_before=INSTANTS,
    call=st.sampled_from(IDS),
    call_name=st.sampled_from("abc"),
    conference=st.sampled_from(IDS),
    source=st.sampled_from(IDS),
    channel=st.sampled_from(IDS),
    direction=st.sampled_from(Direction),
    number=st.sampled_from(NUMBERS),
    caller=st.sampled_from(NUMBERS),
    callee=st.sampled_from(NUMBERS),
    states=st.frozensets(st.sampled_from([State.AVAILABLE, State.ABSENT, State.QUEUED])),
    shortest_ms=st.integers(0, 3),
    longest_ms=st.integers(0, 3),
    tag=WORDS,
    device_id=WORDS,
    end_user_id=WORDS,
    deleted_since=st.integers(5, 7).map(minutes),
)
NAMES = sorted(set(Search.__slots__) - {"states"})


def without(search: Search, names: set[str]) -> Search:
    nothing: dict[str, Any] = dict.fromkeys(names)
    return replace(search, **nothing)


# with every condition at once nothing would ever be found
FEW = st.tuples(SEARCHES, st.sets(st.sampled_from(NAMES), max_size=3)).map(
    lambda it: without(it[0], set(NAMES) - it[1])
)


def made(owner: AccountId, calls: list[Call], fields: dict[str, Any]) -> Recording:
    number, files = fields["call"], fields["files"]
    rest = {name: it for name, it in fields.items() if name != "files"}
    own = None if number is None else replace(calls[number], account=owner)
    return recording(owner, **rest | {"call": own, "media": tuple(media() for _ in range(files))})


async def kept(database: Database, them: list[Recording]) -> None:
    await keep(database, *(replace(it, deleted_at=None) for it in them))
    async with database.write() as tx:
        for it in them:
            await tx.recordings.put(it.account, it)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=st.lists(FIELDS, max_size=10), calls=CALLS, data=st.data())
async def test_a_page_is_what_going_through_all_recordings_would_give(
    database: Database, drawn: list[dict[str, Any]], calls: list[Call], data: st.DataObject
) -> None:
    mine, foreign = account(str(uuid4())), account(str(uuid4()))
    async with database.write() as tx:
        await tx.accounts.add(mine)
        await tx.accounts.add(foreign)
    own = [made(mine.id, calls, it) for it in drawn]
    rivals = [made(foreign.id, calls, it) for it in drawn]
    await kept(database, own + rivals)
    edges = st.none() | st.sampled_from([it.id for it in own + rivals[:1]] or [RecordingId(IDS[0])])
    windows = st.builds(Window, st.integers(0, 6), edges, edges, st.integers(0, 2))
    pairs = data.draw(st.lists(st.tuples(FEW, windows), min_size=5, max_size=15))
    async with database.read() as view:
        for search, window in pairs:
            found = await view.recordings.find(mine.id, search, window)
            assert found == expected(own, search, window)
