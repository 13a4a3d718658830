"""Searches of an account's recordings as values of a statement, and its rows as a page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from dictabelt.core.ids import AccountId
from dictabelt.core.nouns import Recording
from dictabelt.core.search import Page, Search, Window
from dictabelt.db.classes import HOUR_US, facets, late, lengths
from dictabelt.db.query import Query, Row, Values
from dictabelt.db.recording_rows import recordings_of
from dictabelt.db.search_queries import First
from dictabelt.db.search_ways import COLUMN_NAMES, FACET, LENGTH, PROMPTLY, STARTED, leader
from dictabelt.db.values import write_id, write_instant

Place = tuple[int, bytes]

_ID, _CREATED_AT = COLUMN_NAMES.index("id"), COLUMN_NAMES.index("created_at")

_LOWEST, _HIGHEST = bytes(16), b"\xff" * 16

_WRITERS: dict[str, Callable[[Any], object]] = {
    "started_from": write_instant,
    "started_before": write_instant,
    "call": write_id,
    "conference": write_id,
    "source": write_id,
    "channel": write_id,
    "deleted_since": write_instant,
}
# conditions of their own words, or of several
_APART = {"created_from", "created_before", "states", "direction", "transcribed"}
_FIELDS = tuple(it.name for it in fields(Search) if it.name not in _APART)
_EDGES = frozenset({"after", "after_id", "before", "before_id"})
# Of each number of walks a statement is made, and of most some walks are not needed: the fewer
# numbers, the fewer statements. Of facets 36 are the most.
_WALKS = (1, 2, 4, 8, 16, 36, 64)


def asked(search: Search, *, behind: Place | None, ahead: Place | None) -> dict[str, object]:
    """What a search asks for, by the names of values, as the database keeps them.

    One edge on either side, whatever it comes from: with two the database
    might begin at the outer one and pass over every page before this one.
    """
    given = {name: getattr(search, name) for name in _FIELDS}
    said = {
        name: _WRITERS[name](value) if name in _WRITERS else value
        for name, value in given.items()
        if value is not None
    }
    them = tuple(facets(search))
    said |= _walks(FACET, them) if them else {}
    lower = [*([ahead] if ahead else []), *_from(search.created_from)]
    upper = [*([behind] if behind else []), *_before(search.created_before)]
    said |= _edged("", lower, upper)
    leading = leader(said)
    if leading == STARTED:
        lower += _from(search.started_from, -HOUR_US)
        upper += _before(search.started_before, HOUR_US)
        said |= _edged(PROMPTLY, lower, upper)
        for kind, classes in late(search).items():
            said |= _walks(kind, classes)
    elif leading == LENGTH:
        said |= _walks(LENGTH, lengths(search.shortest_ms, search.longest_ms))
    return said


def _from(instant: datetime | None, later: int = 0) -> list[Place]:
    """The place before all that are of so many microseconds later."""
    return [] if instant is None else [(write_instant(instant) + later - 1, _HIGHEST)]


def _before(instant: datetime | None, later: int = 0) -> list[Place]:
    return [] if instant is None else [(write_instant(instant) + later, _LOWEST)]


def _edged(of: str, lower: list[Place], upper: list[Place]) -> dict[str, object]:
    """The innermost on either side, under names that begin with `of`."""
    said: dict[str, object] = {}
    if lower:
        said[f"{of}after"], said[f"{of}after_id"] = max(lower)
    if upper:
        said[f"{of}before"], said[f"{of}before_id"] = min(upper)
    return said


def _walks(of: str, classes: Sequence[int]) -> dict[str, object]:
    """Each class by a name of its own; what is more of them than there are classes is none."""
    most = next(it for it in _WALKS if it >= len(classes))
    return {f"{of}_{n}": classes[n] if n < len(classes) else None for n in range(most)}


def in_order(said: Mapping[str, object], window: Window) -> bool:
    """Whether the page is read from an index and nothing besides, which takes no time."""
    return said.keys() <= _EDGES and not window.skip


def first(window: Window) -> First:
    """Ahead of a recording the nearest are the oldest."""
    only_ahead = window.ahead is not None and window.behind is None
    return First.OLDEST if only_ahead else First.NEWEST


def values(
    query: Query, account: AccountId, *, said: Mapping[str, object], window: Window
) -> Values:
    """Those of `query`, which reads one recording more than the page holds."""
    given = {**said, "account": write_id(account), "limit": window.limit + 1, "skip": window.skip}
    return tuple([given[name] for name in query.names])


def page(account: AccountId, rows: list[Row], window: Window) -> Page[Recording]:
    """What the rows of `statement` tell of, in their order, without the one too many."""
    rows.sort(key=_newest_first, reverse=True)
    them = recordings_of(account, [row[:-1] for row in rows])
    more = len(them) > window.limit
    if first(window) is First.OLDEST:
        return Page(tuple(them[1:] if more else them), more)
    return Page(tuple(them[: window.limit]), more)


def _newest_first(row: Row) -> tuple[int, bytes, int]:
    """Ascends to the newest recording, within it to its first media."""
    return row[_CREATED_AT], row[_ID], -(row[-1] or 0)
