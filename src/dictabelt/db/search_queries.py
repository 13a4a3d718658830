"""The statements that search an account's recordings: one for each set of conditions."""

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    exists,
    func,
    select,
    text,
    true,
    tuple_,
    union_all,
)

from dictabelt.db.analysis_tables import findings
from dictabelt.db.calls import COLUMNS as CALL_COLUMNS
from dictabelt.db.event_tables import tags
from dictabelt.db.query import Query
from dictabelt.db.recording_rows import MEDIA_COLUMNS, RECORDING_COLUMNS
from dictabelt.db.tables import calls, media, recordings

# The client says which conditions there are: statements for all of them would fill the memory.
SHAPES = 256

Shape = frozenset[str]


class First(StrEnum):
    """Which recording a page begins with when the database cuts it off."""

    NEWEST = "newest"
    OLDEST = "oldest"


COLUMN_NAMES = [column.name for column in RECORDING_COLUMNS]
_PLACE = tuple_(recordings.c.created_at, recordings.c.id)
_OWN = recordings.c.account == bindparam("account")
_LIVE = recordings.c.deleted_at.is_(None)
_GONE = and_(
    recordings.c.deleted_at.is_not(None), recordings.c.deleted_at >= bindparam("deleted_since")
)

# what a recording is found by first, the fewest recordings each first
_LEADERS: dict[str, ColumnElement[Any]] = {
    "call": recordings.c.call,
    "call_name": recordings.c.call,
    "conference": recordings.c.conference,
    "source": recordings.c.source_id,
    "end_user_id": recordings.c.end_user_id,
    "device_id": recordings.c.device_id,
}


def _calls(condition: ColumnElement[bool]) -> Select[tuple[bytes]]:
    return select(calls.c.id).where(calls.c.account == bindparam("account"), condition)


def _unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same value, for which no index is used."""
    return func.coalesce(column, column)


def _of_calls(them: Select[Any] | CompoundSelect[Any]) -> ColumnElement[bool]:
    """Looked up the calls first, for they are few; then along the recordings in their order."""
    return _unindexed(recordings.c.call).in_(them)


def _on_a_call(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Looked up a recording at a time: what many calls share fills a page soon."""
    return exists().where(
        calls.c.account == bindparam("account"), calls.c.id == recordings.c.call, condition
    )


def _equal(name: str, column: ColumnElement[Any]) -> ColumnElement[bool]:
    if name == "call_name":
        return column == _calls(calls.c.vendor_id == bindparam(name)).scalar_subquery()
    return column == bindparam(name)


def _tagged() -> ColumnElement[bool]:
    own = select(tags.c.recording).where(
        tags.c.account == bindparam("account"), tags.c.tag == bindparam("tag")
    )
    return _unindexed(recordings.c.id).in_(own)


def _heard() -> ColumnElement[bool]:
    own = select(findings.c.recording).where(
        findings.c.account == bindparam("account"), findings.c.finding == bindparam("finding")
    )
    return _unindexed(recordings.c.id).in_(own)


CONDITIONS: dict[str, ColumnElement[bool]] = {
    "after": tuple_(bindparam("after"), bindparam("after_id")) < _PLACE,
    "before": tuple_(bindparam("before"), bindparam("before_id")) > _PLACE,
    "started_from": recordings.c.started_at >= bindparam("started_from"),
    "started_before": recordings.c.started_at < bindparam("started_before"),
    "channel": _on_a_call(calls.c.channel == bindparam("channel")),
    "direction": _on_a_call(calls.c.direction == bindparam("direction")),
    "number": _of_calls(
        # two look-ups by index; one with OR would read every call of the account
        union_all(
            _calls(calls.c.caller_number == bindparam("number")),
            _calls(calls.c.callee_number == bindparam("number")),
        )
    ),
    "caller": _of_calls(_calls(calls.c.caller_number == bindparam("caller"))),
    "callee": _of_calls(_calls(calls.c.callee_number == bindparam("callee"))),
    "shortest_ms": recordings.c.duration_ms >= bindparam("shortest_ms"),
    "longest_ms": recordings.c.duration_ms <= bindparam("longest_ms"),
    "tag": _tagged(),
    "finding": _heard(),
    "transcribed": recordings.c.transcript.is_not(None) == bindparam("transcribed"),
    **{name: _equal(name, column) for name, column in _LEADERS.items()},
}
# without statistics the database takes any two indexes for equally good
_BESIDE_A_LEADER: dict[str, ColumnElement[bool]] = {
    "started_from": _unindexed(recordings.c.started_at) >= bindparam("started_from"),
    "started_before": _unindexed(recordings.c.started_at) < bindparam("started_before"),
    **{name: _equal(name, _unindexed(column)) for name, column in _LEADERS.items()},
}


@lru_cache(SHAPES)
def statement(shape: Shape, begin: First) -> Query:
    """One page without an order, a row a media with its position last."""
    page = _page(shape, begin).subquery("page")
    call = and_(calls.c.account == bindparam("account"), calls.c.id == page.c.call)
    file = and_(media.c.account == bindparam("account"), media.c.recording == page.c.id)
    return Query.of(
        select(
            *(page.c[name] for name in COLUMN_NAMES),
            *CALL_COLUMNS,
            *MEDIA_COLUMNS,
            media.c.position,
        ).select_from(page.outerjoin(calls, call).outerjoin(media, file))
    )


def _page(shape: Shape, begin: First) -> Select[Any] | CompoundSelect[Any]:
    """Merged from parts that an index has in order."""
    parts = list(_parts(shape))
    whole = parts[0] if len(parts) == 1 else union_all(*(_in_order(it, begin) for it in parts))
    places = (whole.selected_columns.created_at, whole.selected_columns.id)
    order = [it.desc() if begin is First.NEWEST else it.asc() for it in places]
    return whole.order_by(*order).limit(bindparam("limit")).offset(bindparam("skip"))


def _in_order(part: Select[Any], begin: First) -> Select[Any]:
    """PostgreSQL merges parts that say their order, and sorts all rows of what does not."""
    way = "DESC" if begin is First.NEWEST else "ASC"
    order = text(f"ORDER BY created_at {way}, id {way}")
    return select(*part.suffix_with(order, dialect="postgresql").subquery().c)


def _parts(shape: Shape) -> Iterator[Select[Any]]:
    """Live ones and deleted ones; of each state where nothing narrower leads."""
    leader = next((name for name in _LEADERS if name in shape), None)
    states: list[ColumnElement[Any]] = [
        bindparam(name) for name in sorted(shape) if name.startswith("state_")
    ]
    if leader is not None:
        conditions = {**CONDITIONS, **_BESIDE_A_LEADER, leader: CONDITIONS[leader]}
        among: list[ColumnElement[bool]] = [_unindexed(recordings.c.state).in_(states)]
    else:
        conditions = CONDITIONS
        among = [recordings.c.state == it for it in states]
    lives = [_LIVE, _GONE] if "deleted_since" in shape else [_LIVE]
    for life, state in product(lives, among if states else [true()]):
        wanted = [condition for name, condition in conditions.items() if name in shape]
        yield select(recordings).where(_OWN, life, state, *wanted)
