"""Pages by what is kept in classes: state, direction, transcription, length, time of starting."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.samples import account, call, keep, minutes, recording
from db.test_search_pages import expected, kept, newest_first, without
from dictabelt.core.ids import AccountId, RecordingId, TranscriptionId
from dictabelt.core.nouns import Direction, Party, Recording, State
from dictabelt.core.ports import Database
from dictabelt.core.search import Search, Window

# at the edges of what is prompt, of a day, of coarser classes, and of them all
LAGS = [
    timedelta(0),
    timedelta(hours=1),
    timedelta(hours=-1),
    timedelta(hours=1, microseconds=1),
    timedelta(hours=-1, microseconds=-1),
    timedelta(hours=5),
    timedelta(days=1),
    timedelta(days=33),
    timedelta(days=1500),
    timedelta(days=30_000),
    timedelta(days=-40_000),
]
INSTANTS = st.integers(0, 3).map(minutes)
STARTS = st.builds(lambda at, lag: at - lag, INSTANTS, st.sampled_from(LAGS))
NEAR = st.sampled_from([timedelta(microseconds=it) for it in (-1, 0, 1)])
LENGTHS = [0, 999, 1000, 59_999, 60_000, 60_001, 299_999, 10**8]
FIELDS = st.fixed_dictionaries(
    {
        "created_at": INSTANTS,
        "started_at": st.none() | STARTS,
        "state": st.sampled_from([State.AVAILABLE, State.ABSENT, State.FAILED]),
        "duration_ms": st.none() | st.sampled_from(LENGTHS),
        "deleted_at": st.none() | st.none() | st.integers(5, 7).map(minutes),
        "transcript": st.none() | st.just(TranscriptionId(UUID(int=7))),
        "direction": st.none() | st.sampled_from(Direction),
    }
)
SEARCHES = st.builds(
    Search,
    created_from=INSTANTS,
    created_before=INSTANTS,
    started_from=st.builds(lambda at, by: at + by, STARTS, NEAR),
    started_before=st.builds(lambda at, by: at + by, STARTS, NEAR),
    direction=st.sampled_from(Direction),
    states=st.frozensets(st.sampled_from([State.AVAILABLE, State.ABSENT, State.QUEUED])),
    shortest_ms=st.sampled_from(LENGTHS),
    longest_ms=st.sampled_from(LENGTHS),
    deleted_since=st.integers(5, 7).map(minutes),
    transcribed=st.booleans(),
)
NAMES = sorted(set(Search.__slots__) - {"states"})
FEW = st.tuples(SEARCHES, st.sets(st.sampled_from(NAMES), max_size=4)).map(
    lambda it: without(it[0], set(NAMES) - it[1])
)


def made(owner: AccountId, fields: dict[str, Any]) -> Recording:
    rest = dict(fields)
    direction = rest.pop("direction")
    own = None if direction is None else call(owner, direction=direction)
    return recording(owner, **rest | {"call": own})


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=st.lists(FIELDS, max_size=16), data=st.data())
async def test_a_page_is_what_going_through_all_recordings_would_give(
    database: Database, drawn: list[dict[str, Any]], data: st.DataObject
) -> None:
    mine, foreign = account(str(uuid4())), account(str(uuid4()))
    async with database.write() as tx:
        await tx.accounts.add(mine)
        await tx.accounts.add(foreign)
    own = [made(mine.id, it) for it in drawn]
    await kept(database, own + [made(foreign.id, it) for it in drawn])
    edges = st.none() | st.sampled_from([it.id for it in own] or [RecordingId(uuid4())])
    windows = st.builds(Window, st.integers(0, 6), edges, edges, st.integers(0, 2))
    pairs = data.draw(st.lists(st.tuples(FEW, windows), min_size=5, max_size=15))
    async with database.read() as view:
        for search, window in pairs:
            found = await view.recordings.find(mine.id, search, window)
            assert found == expected(own, search, window)


async def test_the_first_instant_is_within_and_the_last_is_not(
    database: Database, ours: AccountId
) -> None:
    them = [
        recording(ours, created_at=minutes(n), started_at=minutes(n) - lag)
        for n, lag in enumerate(LAGS)
    ]
    await keep(database, *them)
    a_moment = timedelta(microseconds=1)
    async with database.read() as view:
        for it in them:
            at = it.started_at
            assert at is not None
            for start, end in (
                (at, at + a_moment),
                (at, at + timedelta(days=40)),
                (at - timedelta(days=40), at + a_moment),
                (at - timedelta(days=4000), at + a_moment),
                (at, None),
                (None, at + a_moment),
            ):
                within = Search(started_from=start, started_before=end)
                earlier = Search(started_from=start, started_before=at)
                later = Search(started_from=at + a_moment, started_before=end)
                assert it in (await view.recordings.find(ours, within, Window(20))).items
                for search in (earlier, later):
                    assert it not in (await view.recordings.find(ours, search, Window(20))).items


@pytest.mark.parametrize("days", [3, 60, 5000, None])
async def test_going_on_page_by_page_shows_each_once(
    database: Database, ours: AccountId, days: int | None
) -> None:
    them = [
        recording(
            ours,
            created_at=minutes(n // 7),
            started_at=minutes(n // 7) - LAGS[n % 3] - timedelta(days=(n * 37) % 90),
        )
        for n in range(80)
    ]
    await keep(database, *them)
    start = None if days is None else minutes(0) - timedelta(days=days)
    search = Search(started_from=start, started_before=minutes(9) - timedelta(days=1))
    wanted = [it.id for it in newest_first(them) if expected([it], search, Window(1)).items]
    assert wanted
    seen: list[UUID] = []
    async with database.read() as view:
        window = Window(7)
        for _ in them:
            page = await view.recordings.find(ours, search, window)
            seen += [it.id for it in page.items]
            if not page.more:
                break
            window = Window(7, behind=seen[-1])
        back = await view.recordings.find(ours, search, Window(7, ahead=seen[-1]))
    assert seen == wanted
    assert [it.id for it in back.items] == wanted[:-1][-7:]


async def test_a_recording_is_found_by_what_it_became(database: Database, ours: AccountId) -> None:
    own = call(ours, direction=Direction.INBOUND)
    before = recording(ours, call=own, state=State.IN_PROGRESS, duration_ms=None, started_at=None)
    await keep(database, before)
    after = replace(
        before,
        state=State.AVAILABLE,
        duration_ms=90_000,
        started_at=before.created_at - timedelta(days=400),
        transcript=TranscriptionId(uuid4()),
    )
    outbound = replace(own, direction=Direction.OUTBOUND, caller=Party("+15550001111"))
    async with database.write() as tx:
        await tx.recordings.put(ours, after)
        await tx.calls.put(ours, outbound)
    searches = [
        Search(states=frozenset({State.AVAILABLE})),
        Search(direction=Direction.OUTBOUND),
        Search(transcribed=True, direction=Direction.OUTBOUND),
        Search(shortest_ms=80_000, longest_ms=100_000),
        Search(started_before=before.created_at - timedelta(days=399)),
    ]
    others = [
        Search(states=frozenset({State.IN_PROGRESS})),
        Search(direction=Direction.INBOUND),
        Search(transcribed=False),
        Search(started_from=before.created_at - timedelta(days=2)),
    ]
    async with database.read() as view:
        for search in searches:
            page = await view.recordings.find(ours, search, Window(9))
            assert page.items == (replace(after, call=outbound),), search
        for search in others:
            assert (await view.recordings.find(ours, search, Window(9))).items == (), search
