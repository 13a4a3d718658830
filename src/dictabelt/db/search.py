"""Searches of an account's recordings: a statement a shape, and the values it takes."""

from collections.abc import Callable, Iterator, Mapping, Set
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
    or_,
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

_PLACE = tuple_(recordings.c.created_at, recordings.c.id)
_OWN = recordings.c.account == bindparam("account")
_LIVE = recordings.c.deleted_at.is_(None)
_GONE = and_(
    recordings.c.deleted_at.is_not(None), recordings.c.deleted_at >= bindparam("deleted_since")
)


def _place_of(name: str) -> ColumnElement[Any]:
    """The place of one recording of the account, be it deleted; nowhere if it is not there."""
    anchor = recordings.alias(f"the_one_{name}")
    instant = select(anchor.c.created_at).where(
        anchor.c.account == bindparam("account"), anchor.c.id == bindparam(name)
    )
    return tuple_(instant.scalar_subquery(), bindparam(name))


def _on_a_call(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Looked up a recording at a time: what many calls share finds a page soon."""
    return exists().where(
        calls.c.account == bindparam("account"), calls.c.id == recordings.c.call, condition
    )


def _on_calls(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Looked up the calls first: few have the number, or the name."""
    own = select(calls.c.id).where(calls.c.account == bindparam("account"), condition)
    return recordings.c.call.in_(own)


def _tagged() -> ColumnElement[bool]:
    own = select(tags.c.recording).where(
        tags.c.account == bindparam("account"), tags.c.tag == bindparam("tag")
    )
    return recordings.c.id.in_(own)


_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "created_from": recordings.c.created_at >= bindparam("created_from"),
    "created_before": recordings.c.created_at < bindparam("created_before"),
    "started_from": recordings.c.started_at >= bindparam("started_from"),
    "started_before": recordings.c.started_at < bindparam("started_before"),
    "call": recordings.c.call == bindparam("call"),
    "call_name": _on_calls(calls.c.vendor_id == bindparam("call_name")),
    "conference": recordings.c.conference == bindparam("conference"),
    "source": recordings.c.source_id == bindparam("source"),
    "channel": _on_a_call(calls.c.channel == bindparam("channel")),
    "direction": _on_a_call(calls.c.direction == bindparam("direction")),
    "number": _on_calls(
        or_(
            calls.c.caller_number == bindparam("number"),
            calls.c.callee_number == bindparam("number"),
        )
    ),
    "caller": _on_calls(calls.c.caller_number == bindparam("caller")),
    "callee": _on_calls(calls.c.callee_number == bindparam("callee")),
    "shortest_ms": recordings.c.duration_ms >= bindparam("shortest_ms"),
    "longest_ms": recordings.c.duration_ms <= bindparam("longest_ms"),
    "tag": _tagged(),
    "device_id": recordings.c.device_id == bindparam("device_id"),
    "end_user_id": recordings.c.end_user_id == bindparam("end_user_id"),
    "behind": _place_of("behind") > _PLACE,
    "ahead": _place_of("ahead") < _PLACE,
}
_WRITERS: dict[str, Callable[[Any], object]] = {
    "created_from": write_instant,
    "created_before": write_instant,
    "started_from": write_instant,
    "started_before": write_instant,
    "call": write_id,
    "conference": write_id,
    "source": write_id,
    "channel": write_id,
    "direction": attrgetter("value"),
    "behind": write_id,
    "ahead": write_id,
    "deleted_since": write_instant,
}
_PLAIN: Shape = frozenset({"behind", "ahead"})
_FIELDS = (*_CONDITIONS.keys() - _PLAIN, "deleted_since")


def wanted(search: Search, window: Window) -> dict[str, object]:
    """What is asked for, by the names of conditions, as the database keeps it."""
    given = {name: getattr(search, name) for name in _FIELDS}
    given |= {"behind": window.behind, "ahead": window.ahead}
    said = {
        name: _WRITERS[name](value) if name in _WRITERS else value
        for name, value in given.items()
        if value is not None
    }
    return said | {f"state_{n}": it.value for n, it in enumerate(sorted(search.states))}


def plain(said: Mapping[str, object], window: Window) -> bool:
    """Whether the page is found without passing over recordings."""
    return _PLAIN >= said.keys() and not window.skip


def ascending(shape: Set[str]) -> bool:
    """Whether the page begins with its oldest recording: the nearest to what it is ahead of."""
    return "ahead" in shape and "behind" not in shape


@lru_cache(SHAPES)
def statement(shape: Shape) -> Query:
    """One page, a row a media with its position last, in no order; names as `values` gives."""
    page = _page(shape).subquery("page")
    call = and_(calls.c.account == bindparam("account"), calls.c.id == page.c.call)
    file = and_(media.c.account == bindparam("account"), media.c.recording == page.c.id)
    return Query.of(
        select(*page.c[1:-1], *CALL_COLUMNS, *MEDIA_COLUMNS, media.c.position).select_from(
            page.outerjoin(calls, call).outerjoin(media, file)
        )
    )


def values(query: Query, account: AccountId, said: Mapping[str, object], window: Window) -> Values:
    """Those of `query`; it reads one recording more than the page holds."""
    given = {**said, "account": write_id(account), "limit": window.limit + 1, "skip": window.skip}
    return tuple([given[name] for name in query.names])


def _page(shape: Shape) -> Select[Any] | CompoundSelect:
    """Merged from parts that an index has in order, each of one state, live or deleted."""
    parts = list(_parts(shape))
    whole = parts[0] if len(parts) == 1 else union_all(*parts)
    places = (whole.selected_columns.created_at, whole.selected_columns.id)
    order = [it.asc() if ascending(shape) else it.desc() for it in places]
    return whole.order_by(*order).limit(bindparam("limit")).offset(bindparam("skip"))


def _parts(shape: Shape) -> Iterator[Select[Any]]:
    conditions = [_CONDITIONS[name] for name in sorted(shape & _CONDITIONS.keys())]
    named = sorted(name for name in shape if name.startswith("state_"))
    states = [recordings.c.state == bindparam(name) for name in named] or [true()]
    lives = [_LIVE, _GONE] if "deleted_since" in shape else [_LIVE]
    for life, state in product(lives, states):
        yield select(recordings).where(_OWN, life, state, *conditions)
