"""The classes of a recording and those of a search agree: none that is asked for is left out."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dictabelt.core.nouns import Direction, State
from dictabelt.core.search import Search
from dictabelt.db import classes
from dictabelt.db.classes import PROMPT, Started
from dictabelt.db.values import write_instant

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(1902, 1, 1), datetime(2250, 1, 1)).map(  # noqa: DTZ001
    lambda it: it.replace(tzinfo=UTC)
)
A_MOMENT = timedelta(microseconds=1)
MOST = 128
KINDS = {"day": 0, "month": 1, "era": 2}


def started(created_at: datetime, started_at: datetime) -> Started:
    return classes.started(write_instant(created_at), write_instant(started_at))


def within(search: Search, it: datetime) -> int:
    """In how many of the classes of the search it is that started then, and came a day later."""
    found = started(it + timedelta(days=1), it)
    wanted = classes.late(search)
    assert sum(map(len, wanted.values())) <= MOST
    return sum(list(them).count(found[KINDS[kind]] or -1) for kind, them in wanted.items())


@given(INSTANTS, st.timedeltas(A_MOMENT, timedelta(50_000)), st.floats(0, 1))
@example(NOON, A_MOMENT, 0)
@example(NOON, timedelta(days=31), 1)
@example(NOON, timedelta(days=40_000), 1)
@example(datetime(1902, 1, 1, tzinfo=UTC), timedelta(days=30_000), 0)
def test_what_started_within_a_time_is_of_one_of_its_classes(
    start: datetime, length: timedelta, share: float
) -> None:
    search = Search(started_from=start, started_before=start + length)
    for it in (start, start + (length - A_MOMENT) * share, start + length - A_MOMENT):
        assert within(search, it) == 1


@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(50_000)))
@example(NOON, timedelta(0))
def test_what_started_after_an_instant_is_of_one_of_its_classes(
    start: datetime, later: timedelta
) -> None:
    assert within(Search(started_from=start), start + later) == 1


@given(INSTANTS, INSTANTS)
def test_what_started_before_an_instant_is_of_one_of_its_classes(
    end: datetime, it: datetime
) -> None:
    start, before = sorted((end, it))
    assert within(Search(started_before=before + A_MOMENT), start) == 1
    assert within(Search(started_before=before + A_MOMENT), before) == 1


@given(st.datetimes())
@example(datetime(1, 1, 1))  # noqa: DTZ001
@example(datetime(1, 1, 9))  # noqa: DTZ001
def test_no_day_asked_for_is_what_was_created_promptly(end: datetime) -> None:
    wanted = classes.late(Search(started_before=end.replace(tzinfo=UTC)))
    assert PROMPT not in wanted.get("day", ())


@pytest.mark.parametrize(
    ("days", "kinds"),
    [
        (1, {"day"}),
        (31, {"day"}),
        (33, {"month"}),
        (992, {"month"}),
        (1100, {"month", "era"}),
        (None, {"day", "month", "era"}),
    ],
)
def test_the_shorter_the_time_the_finer_its_classes(days: int | None, kinds: set[str]) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    end = None if days is None else start + timedelta(days=days)
    assert classes.late(Search(started_from=start, started_before=end)).keys() == kinds


@pytest.mark.parametrize("days", [-2, -1, 1, 40, 1100])
def test_an_open_time_has_nothing_of_another_day_than_its_edge(days: int) -> None:
    edge, it = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    it += timedelta(days=days)
    assert within(Search(started_from=edge), it) == (days > 0)
    assert within(Search(started_before=edge), it) == (days < 0)


def test_a_time_that_ends_before_it_begins_has_no_class() -> None:
    search = Search(started_from=NOON, started_before=NOON - timedelta(days=9))
    assert not any(classes.late(search).values())


@pytest.mark.parametrize(
    ("lag", "prompt"),
    [
        (timedelta(0), True),
        (timedelta(hours=1), True),
        (timedelta(hours=-1), True),
        (timedelta(hours=1, microseconds=1), False),
        (timedelta(hours=-1, microseconds=-1), False),
    ],
)
def test_within_an_hour_is_prompt(lag: timedelta, *, prompt: bool) -> None:
    assert (started(NOON + lag, NOON) == Started(PROMPT)) is prompt
    assert (started(NOON + lag, NOON).era is None) is prompt


def test_what_never_started_is_of_no_class() -> None:
    assert classes.started(write_instant(NOON), None) == Started()


@given(st.integers(0, 200_000_000), st.none() | st.integers(0, 2**40), st.none() | st.integers(0))
def test_a_length_is_of_one_of_the_classes_of_those_around_it(
    duration: int, shorter: int | None, longer: int | None
) -> None:
    shortest = None if shorter is None else min(duration, shorter)
    longest = None if longer is None else duration + longer
    assert classes.length(duration) in classes.lengths(shortest, longest)


def test_a_length_that_people_ask_for_begins_a_class() -> None:
    bounds = [it * 1000 for it in classes.LENGTHS_S]
    assert bounds == sorted(set(bounds))
    assert [classes.length(it) for it in bounds] == list(range(len(bounds)))
    assert all(classes.length(after - 1) == classes.length(it) for it, after in pairwise(bounds))
    assert classes.length(None) is None


def test_a_facet_tells_three_things_apart() -> None:
    each = product(State, (None, *Direction), (0, 1))
    them = [classes.facet(state, direction, transcribed=it) for state, direction, it in each]
    assert sorted(them) == list(range(len(State) * 3 * 2))


@given(
    st.frozensets(st.sampled_from(State)) | st.just(frozenset(State)),
    st.none() | st.sampled_from(Direction),
    st.none() | st.booleans(),
)
def test_the_facets_of_a_search_are_those_that_it_holds_for(
    states: frozenset[State],
    direction: Direction | None,
    transcribed: bool | None,
) -> None:
    search = Search(states=states, direction=direction, transcribed=transcribed)
    wanted = set(classes.facets(search))
    assert len(wanted) <= 36
    if len(states) in {0, len(State)} and direction is None and transcribed is None:
        assert wanted == set()
        return
    for state, one, it in product(State, (None, *Direction), (False, True)):
        holds = (
            (not states or state in states)
            and direction in (None, one)
            and transcribed in (None, it)
        )
        assert (classes.facet(state, one, transcribed=it) in wanted) is holds


def test_numbers_that_are_in_rows_stay_what_they_are() -> None:
    told = [
        classes.facet(State.QUEUED, None, transcribed=0),
        classes.facet(State.AVAILABLE, Direction.INBOUND, transcribed=1),
        classes.facet(State.FAILED, Direction.OUTBOUND, transcribed=0),
        classes.length(59_999),
        classes.length(60_000),
        classes.length(86_400_000),
    ]
    assert told == [0, 28, 38, 9, 10, 27]
    assert started(NOON, datetime(2020, 2, 29, 23, tzinfo=UTC)) == (737484, 23046, 720)
    assert started(NOON, datetime(1969, 12, 31, tzinfo=UTC)) == (719162, 22473, 702)
    assert started(NOON, datetime(1950, 1, 1, tzinfo=UTC)).era == 702
