"""Searches of an account's recordings: a statement a shape, and the values it takes."""

from collections.abc import Callable, Iterator, Mapping, Set
from enum import StrEnum
from functools import lru_cache
from itertools import product
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    exists,
    select,
    true,
    tuple_,
    union_all,
)

from dictabelt.core.ids import AccountId
from dictabelt.core.search import Search, Window
from dictabelt.db.calls import COLUMNS as CALL_COLUMNS
from dictabelt.db.event_tables import tags
from dictabelt.db.query import Query, Values
from dictabelt.db.recording_rows import MEDIA_COLUMNS
from dictabelt.db.tables import calls, media, recordings
from dictabelt.db.values import write_id, write_instant

# The client says which conditions there are: statements for all of them would fill the memory.
SHAPES = 256

Shape = frozenset[str]
Place = tuple[int, bytes]


class First(StrEnum):
    """Which recording a page begins with when the database cuts it off."""

    NEWEST = "newest"
    OLDEST = "oldest"


_LOWEST, _HIGHEST = bytes(16), b"\xff" * 16

_PLACE = tuple_(recordings.c.created_at, recordings.c.id)
_OWN = recordings.c.account == bindparam("account")
_LIVE = recordings.c.deleted_at.is_(None)
_GONE = and_(
    recordings.c.deleted_at.is_not(None), recordings.c.deleted_at >= bindparam("deleted_since")
)


def _calls(condition: ColumnElement[bool]) -> Select[tuple[bytes]]:
    return select(calls.c.id).where(calls.c.account == bindparam("account"), condition)


def _on_a_call(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Looked up a recording at a time: what many calls share fills a page soon."""
    return exists().where(
        calls.c.account == bindparam("account"), calls.c.id == recordings.c.call, condition
    )


def _tagged() -> ColumnElement[bool]:
    own = select(tags.c.recording).where(
        tags.c.account == bindparam("account"), tags.c.tag == bindparam("tag")
    )
    return recordings.c.id.in_(own)


_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "after": tuple_(bindparam("after"), bindparam("after_id")) < _PLACE,
    "before": tuple_(bindparam("before"), bindparam("before_id")) > _PLACE,
    "started_from": recordings.c.started_at >= bindparam("started_from"),
    "started_before": recordings.c.started_at < bindparam("started_before"),
    "call": recordings.c.call == bindparam("call"),
    "call_name": recordings.c.call
    == _calls(calls.c.vendor_id == bindparam("call_name")).scalar_subquery(),
    "conference": recordings.c.conference == bindparam("conference"),
    "source": recordings.c.source_id == bindparam("source"),
    "channel": _on_a_call(calls.c.channel == bindparam("channel")),
    "direction": _on_a_call(calls.c.direction == bindparam("direction")),
    # two searches by index; one with OR would read every call of the account
    "number": recordings.c.call.in_(
        union_all(
            _calls(calls.c.caller_number == bindparam("number")),
            _calls(calls.c.callee_number == bindparam("number")),
        )
    ),
    "caller": recordings.c.call.in_(_calls(calls.c.caller_number == bindparam("caller"))),
    "callee": recordings.c.call.in_(_calls(calls.c.callee_number == bindparam("callee"))),
    "shortest_ms": recordings.c.duration_ms >= bindparam("shortest_ms"),
    "longest_ms": recordings.c.duration_ms <= bindparam("longest_ms"),
    "tag": _tagged(),
    "device_id": recordings.c.device_id == bindparam("device_id"),
    "end_user_id": recordings.c.end_user_id == bindparam("end_user_id"),
}
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
_FIELDS = (*(it for it in _CONDITIONS if it not in {"after", "before"}), "deleted_since")
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


def in_order(said: Mapping[str, object], window: Window) -> bool:
    """Whether the page is read from an index and nothing besides, which takes no time."""
    return _EDGES >= said.keys() and not window.skip


def first(window: Window) -> First:
    """Ahead of a recording the nearest are the oldest."""
    only_ahead = window.ahead is not None and window.behind is None
    return First.OLDEST if only_ahead else First.NEWEST


@lru_cache(SHAPES)
def statement(shape: Shape, begin: First) -> Query:
    """One page without an order, a row a media with its position last."""
    page = _page(shape, begin).subquery("page")
    call = and_(calls.c.account == bindparam("account"), calls.c.id == page.c.call)
    file = and_(media.c.account == bindparam("account"), media.c.recording == page.c.id)
    return Query.of(
        select(*page.c[1:-1], *CALL_COLUMNS, *MEDIA_COLUMNS, media.c.position).select_from(
            page.outerjoin(calls, call).outerjoin(media, file)
        )
    )


def values(query: Query, account: AccountId, *, said: Mapping[str, object], window: Window) -> Values:
    """Those of `query`, which reads one recording more than the page holds."""
    given = {**said, "account": write_id(account), "limit": window.limit + 1, "skip": window.skip}
    return tuple([given[name] for name in query.names])


def _page(shape: Shape, begin: First) -> Select[Any] | CompoundSelect:
    """Merged from parts that an index has in order, each of one state, live or deleted."""
    parts = list(_parts(shape))
    whole = parts[0] if len(parts) == 1 else union_all(*parts)
    places = (whole.selected_columns.created_at, whole.selected_columns.id)
    order = [it.desc() if begin is First.NEWEST else it.asc() for it in places]
    return whole.order_by(*order).limit(bindparam("limit")).offset(bindparam("skip"))


def _parts(shape: Shape) -> Iterator[Select[Any]]:
    conditions = [_CONDITIONS[name] for name in _CONDITIONS if name in shape]
    named = sorted(name for name in shape if name.startswith("state_"))
    states = [recordings.c.state == bindparam(name) for name in named] or [true()]
    lives = [_LIVE, _GONE] if "deleted_since" in shape else [_LIVE]
    for life, state in product(lives, states):
        yield select(recordings).where(_OWN, life, state, *conditions)
