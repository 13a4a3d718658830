"""Searches of an account's recordings as values of a statement, and its rows as a page."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import timedelta
from operator import attrgetter
from typing import Any

from dictabelt.core.ids import AccountId
from dictabelt.core.nouns import Recording
from dictabelt.core.search import Page, Search, Window
from dictabelt.db.query import Query, Row, Values
from dictabelt.db.recording_rows import recordings_of
from dictabelt.db.search_queries import COLUMN_NAMES, SHORT, First
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
    "direction": attrgetter("value"),
    "deleted_since": write_instant,
}
# conditions of their own words, or of several
_APART = {"created_from", "created_before", "states", "transcribed"}
_FIELDS = tuple(it.name for it in fields(Search) if it.name not in _APART)
_SHORT_TIME = timedelta(days=31)
_TRANSCRIBED = {True: "transcribed", False: "untranscribed"}
_EDGES = frozenset({"after", "after_id", "before", "before_id"})


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
    if search.transcribed is not None:
        said[_TRANSCRIBED[search.transcribed]] = True
    if _soon_over(search):
        said[SHORT] = True
    said |= {f"state_{n}": it.value for n, it in enumerate(sorted(search.states))}
    lower, upper = [ahead] if ahead else [], [behind] if behind else []
    if search.created_from is not None:
        lower.append((write_instant(search.created_from) - 1, _HIGHEST))
    if search.created_before is not None:
        upper.append((write_instant(search.created_before), _LOWEST))
    if lower:
        said["after"], said["after_id"] = max(lower)
    if upper:
        said["before"], said["before_id"] = min(upper)
    return said


def _soon_over(search: Search) -> bool:
    """Whether so few may have started in that time that sorting them is less work than passing."""
    start, end = search.started_from, search.started_before
    return start is not None and end is not None and end - start <= _SHORT_TIME


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
