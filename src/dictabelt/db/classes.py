"""Classes that recordings fall into, so that what is asked of them is a few walks of an index.

A condition that is no equality, or may hold for nearly all as well as for nearly none, is kept as
a small number beside the recording. Of each number an index has its recordings in their order: a
page is merged from the walks of the numbers that are asked for, and ends when it is full.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product
from typing import Final, NamedTuple

from dictabelt.core.nouns import Direction, State
from dictabelt.core.search import Search
from dictabelt.db.values import write_instant

# Numbers that are in rows: none of these may ever change but by a revision of the schema.
STATES: Final = (
    *(State.QUEUED, State.IN_PROGRESS, State.PAUSED, State.PROCESSING),
    *(State.AVAILABLE, State.ABSENT, State.FAILED),
)
DIRECTIONS: Final = (None, Direction.INBOUND, Direction.OUTBOUND)

# Where lengths begin that people ask for: the class of such a length has nothing else in it.
LENGTHS_S: Final = (
    *(0, 1, 2, 3, 5, 10, 15, 20, 30, 45),
    *(it * 60 for it in (1, 2, 3, 5, 10, 15, 20, 30, 45)),
    *(it * 3600 for it in (1, 2, 3, 4, 5, 6, 8, 12, 24)),
)
_LENGTHS_MS: Final = tuple(it * 1000 for it in LENGTHS_S)

PROMPT: Final = 0
"""Of started: created within an hour of it, so that created_at tells where it is."""
HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US
DAYS_BEFORE_1970: Final = 719_163
"""The day 1970-01-01, counted from the year 1; so that no day is PROMPT, or negative."""
MONTH, ERA = 32, 1024
"""In days; no calendar's."""
FIRST_ERA, LAST_ERA = 702, 751
"""1969 to 2107: what started earlier or later belongs to the first or the last."""
_FIRST_DAY, _LAST_DAY = date.min.toordinal(), date.max.toordinal()
_MOST = 32


class Started(NamedTuple):
    """Of what was not created promptly the day that it started, and coarser classes of that."""

    day: int | None = None
    month: int | None = None
    era: int | None = None


def facet(state: State, direction: Direction | None, *, transcribed: int) -> int:
    """State, direction and whether it is transcribed (0, 1) as one number."""
    return (STATES.index(state) * 2 + transcribed) * len(DIRECTIONS) + DIRECTIONS.index(direction)


def facets(search: Search) -> Iterator[int]:
    """Those that the search asks for; none when it asks for all."""
    states = [it for it in STATES if it in search.states] or STATES
    if len(states) == len(STATES) and search.direction is None and search.transcribed is None:
        return
    directions = DIRECTIONS if search.direction is None else (search.direction,)
    transcribed = (0, 1) if search.transcribed is None else (int(search.transcribed),)
    for state, one, direction in product(states, transcribed, directions):
        yield facet(state, direction, transcribed=one)


def length(duration_ms: int | None) -> int | None:
    """The position of the last of LENGTHS_S that it reaches."""
    return None if duration_ms is None else max(0, bisect_right(_LENGTHS_MS, duration_ms) - 1)


def lengths(shortest_ms: int | None, longest_ms: int | None) -> range:
    """Those that a duration from `shortest_ms` to `longest_ms` may have."""
    first = length(shortest_ms) or 0
    last = length(longest_ms)
    return range(first, len(LENGTHS_S) if last is None else last + 1)


def started(created_at: int, started_at: int | None) -> Started:
    """What `started_at` is found by; both are instants as in rows."""
    if started_at is None:
        return Started()
    if abs(created_at - started_at) <= HOUR_US:
        return Started(PROMPT)
    day = _day(started_at)
    return Started(day, day // MONTH, _era(day))


def late(search: Search) -> dict[str, Sequence[int]]:
    """The classes that what started in that time, and was not created promptly, may have.

    By the names of their kinds; no recording is of two of them. A time that ends is of few
    classes: what started in those at its edges may be some days off. One that is open is
    nearly all: towards its only edge its classes are the finer, there they are days.
    """
    start, end = search.started_from, search.started_before
    first = _FIRST_DAY if start is None else _day(write_instant(start))
    last = _LAST_DAY if end is None else _day(write_instant(end) - 1)
    for name, days in (("day", 1), ("month", MONTH)):
        classes = range(first // days, last // days + 1)
        if len(classes) <= _MOST:
            return {name: classes}
    left, eras, right = _split(first, last + 1)
    if start is not None and end is not None:
        months = [it // MONTH for piece in (left, right) for it in piece]
        return {"month": sorted(set(months)), "era": eras}
    edge = left or right
    whole = range(-(-edge.start // MONTH), edge.stop // MONTH)
    rest = [it for it in edge if it // MONTH not in whole]
    return {"day": rest, "month": whole, "era": eras}


def _split(start: int, stop: int) -> tuple[range, range, range]:
    """The days before the whole eras in a range of days, the eras, and the days after them.

    The first era and the last are taken whole, as they have no beginning or no end.
    """
    first, last = _era(start), _era(stop - 1)
    left = right = range(0)
    if FIRST_ERA < first < LAST_ERA:
        first = -(-start // ERA)
        left = range(start, first * ERA)
    if FIRST_ERA < last < LAST_ERA:
        last = stop // ERA - 1
        right = range((last + 1) * ERA, stop)
    return left, range(first, last + 1), right


def _day(instant: int) -> int:
    return instant // DAY_US + DAYS_BEFORE_1970


def _era(day: int) -> int:
    return min(max(day // ERA, FIRST_ERA), LAST_ERA)
