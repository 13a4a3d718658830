"""The statements that search an account's recordings: one for each set of conditions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
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
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    tuple_,
    union_all,
)

from dictabelt.db.analysis_tables import findings
from dictabelt.db.calls import COLUMNS as CALL_COLUMNS
from dictabelt.db.event_tables import tags
from dictabelt.db.query import Query, aside
from dictabelt.db.recording_rows import MEDIA_COLUMNS, RECORDING_COLUMNS
from dictabelt.db.tables import calls, media, recordings

# The client says which conditions there are: statements for all of them would fill the memory.
SHAPES = 256

# Both instants of starting are given, and are near one another.
SHORT = "started_soon"

Shape = frozenset[str]


class First(StrEnum):
    """Which recording a page begins with when the database cuts it off."""

    NEWEST = "newest"
    OLDEST = "oldest"


COLUMN_NAMES = tuple(column.name for column in RECORDING_COLUMNS)
_OWN = recordings.c.account == bindparam("account")
_LIVE = recordings.c.deleted_at.is_(None)
_GONE = and_(
    recordings.c.deleted_at.is_not(None), recordings.c.deleted_at >= bindparam("deleted_since")
)
# Of recordings that another table tells of: each index but that by id needs what is not aside.
_FOUND_LIVE = aside(recordings.c.deleted_at).is_(None)
_FOUND_GONE = aside(recordings.c.deleted_at) >= bindparam("deleted_since")


@dataclass(frozen=True, slots=True)
class Way:
    """Into an account's recordings in their order: some by an index, or by rows of another table.

    `place` is the recording's instant and id, `columns` what is read before a page is cut off.
    """

    condition: ColumnElement[bool] = field(default_factory=true)
    place: tuple[ColumnElement[int], ColumnElement[bytes]] = (
        recordings.c.created_at,
        recordings.c.id,
    )
    columns: tuple[str, ...] = COLUMN_NAMES


def _equal(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return column == bindparam(name)


def _called(column: ColumnElement[Any]) -> ColumnElement[bool]:
    own = calls.c.account == bindparam("account")
    named = select(calls.c.id).where(own, _equal(calls.c.vendor_id, "call_name"))
    return column == named.scalar_subquery()


def _started_within() -> Way:
    """Sorted, because no index has them in order: rows are read only of what a page shows."""
    started = recordings.c.started_at
    return Way(
        and_(started >= bindparam("started_from"), started < bindparam("started_before")),
        (aside(recordings.c.created_at), recordings.c.id),
        ("created_at", "id"),
    )


_CALLER, _CALLEE = recordings.c.caller_number, recordings.c.callee_number
_NOBODY: ColumnElement[str] = literal_column("''")
_TAGGED = and_(tags.c.account == bindparam("account"), _equal(tags.c.tag, "tag"))
_OF_TAG = tags.c.recording == recordings.c.id
_FOUND = and_(findings.c.account == bindparam("account"), _equal(findings.c.finding, "finding"))
_OF_FINDING = findings.c.recording == recordings.c.id
_OTHER = findings.alias("other")
_ZERO: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")


def _there(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is such a row, looked up for each row of the search.

    Without the offset PostgreSQL might join: of an account as large as the others its rows are
    few, and for the largest it would read all that have the tag for each row of the other side.
    """
    return select(_ONE).where(*conditions).limit(_ONE).offset(_ZERO).exists()


# heard in two media of one recording, it is one recording all the same
_ONCE = ~_there(
    _OTHER.c.account == bindparam("account"),
    _equal(_OTHER.c.finding, "finding"),
    _OTHER.c.recording == findings.c.recording,
    _OTHER.c.media < findings.c.media,
)

# what recordings are found by first, the fewest first
_LEADERS: dict[str, tuple[Way, ...]] = {
    "call": (Way(_equal(recordings.c.call, "call")),),
    "call_name": (Way(_called(recordings.c.call)),),
    "source": (Way(_equal(recordings.c.source_id, "source")),),
    "conference": (Way(_equal(recordings.c.conference, "conference")),),
    "number": (
        Way(_equal(_CALLER, "number")),
        # who calls himself is one recording all the same
        Way(
            and_(_equal(_CALLEE, "number"), func.coalesce(_CALLER, _NOBODY) != bindparam("number"))
        ),
    ),
    "caller": (Way(_equal(_CALLER, "caller")),),
    "callee": (Way(_equal(_CALLEE, "callee")),),
    "end_user_id": (Way(_equal(recordings.c.end_user_id, "end_user_id")),),
    "tag": (Way(and_(_TAGGED, _OF_TAG), (tags.c.created_at, tags.c.recording)),),
    "device_id": (Way(_equal(recordings.c.device_id, "device_id")),),
    "channel": (Way(_equal(recordings.c.channel, "channel")),),
    "finding": (
        Way(and_(_FOUND, _OF_FINDING, _ONCE), (findings.c.created_at, findings.c.recording)),
    ),
    SHORT: (_started_within(),),
}
# what the index of all recordings tells beside their order, without a look at their rows
_PASSED_OVER: dict[str, ColumnElement[bool]] = {
    "started_from": aside(recordings.c.started_at) >= bindparam("started_from"),
    "started_before": aside(recordings.c.started_at) < bindparam("started_before"),
    "direction": _equal(recordings.c.direction, "direction"),
    "shortest_ms": recordings.c.duration_ms >= bindparam("shortest_ms"),
    "longest_ms": recordings.c.duration_ms <= bindparam("longest_ms"),
    "transcribed": recordings.c.transcript.is_not(None),
    "untranscribed": recordings.c.transcript.is_(None),
}
# where another leads
_BESIDE_A_LEADER: dict[str, ColumnElement[bool]] = {
    "call": _equal(aside(recordings.c.call), "call"),
    "call_name": _called(aside(recordings.c.call)),
    "source": _equal(aside(recordings.c.source_id), "source"),
    "conference": _equal(aside(recordings.c.conference), "conference"),
    "number": or_(_equal(aside(_CALLER), "number"), _equal(aside(_CALLEE), "number")),
    "caller": _equal(aside(_CALLER), "caller"),
    "callee": _equal(aside(_CALLEE), "callee"),
    "end_user_id": _equal(aside(recordings.c.end_user_id), "end_user_id"),
    "tag": _there(_TAGGED, _OF_TAG),
    "device_id": _equal(aside(recordings.c.device_id), "device_id"),
    "channel": _equal(aside(recordings.c.channel), "channel"),
    "finding": _there(_FOUND, _OF_FINDING),
}
_ELSEWHERE = {"tag", "finding"}
_LED_BY_SHORT = {"started_from", "started_before"}
CONDITIONS = frozenset({"after", "before", *_LEADERS, *_PASSED_OVER}) - {SHORT}
_EVERY = (Way(),)


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
    page = whole.order_by(*order).limit(bindparam("limit")).offset(bindparam("skip"))
    return page if len(whole.selected_columns) == len(COLUMN_NAMES) else _rows(page)


def _rows(page: Select[Any] | CompoundSelect[Any]) -> Select[Any]:
    """Of the recordings whose places these are."""
    place = page.subquery("place")
    same = and_(_OWN, recordings.c.id == place.c.id)
    return select(*RECORDING_COLUMNS).select_from(place.join(recordings, same))


def _in_order(part: Select[Any], begin: First) -> Select[Any]:
    """PostgreSQL merges parts that say their order, and sorts all rows of what does not."""
    way = "DESC" if begin is First.NEWEST else "ASC"
    order = text(f"ORDER BY created_at {way}, id {way}")
    return select(*part.suffix_with(order, dialect="postgresql").subquery().c)


def _parts(shape: Shape) -> Iterator[Select[Any]]:
    """Live ones and deleted ones; by each way; of each state where nothing else narrows."""
    leader = next((name for name in _LEADERS if name in shape), None)
    wanted = [it for name, it in _BESIDE_A_LEADER.items() if name in shape and name != leader]
    passed = shape - _LED_BY_SHORT if leader == SHORT else shape
    wanted += [it for name, it in _PASSED_OVER.items() if name in passed]
    states: list[ColumnElement[Any]] = [
        bindparam(name) for name in sorted(shape) if name.startswith("state_")
    ]
    each: list[ColumnElement[bool]] = [true()]
    if states and leader is None and not wanted:
        each = [recordings.c.state == it for it in states]
    elif states:
        wanted.append(aside(recordings.c.state).in_(states))
    both = (_FOUND_LIVE, _FOUND_GONE) if leader in _ELSEWHERE else (_LIVE, _GONE)
    lives = both if "deleted_since" in shape else both[:1]
    for life, way, state in product(lives, _LEADERS[leader] if leader else _EVERY, each):
        yield _part(way, shape).where(_OWN, life, state, *wanted)


def _part(way: Way, shape: Shape) -> Select[Any]:
    created_at, id = way.place
    place = tuple_(created_at, id)
    edges = {
        "after": tuple_(bindparam("after"), bindparam("after_id")) < place,
        "before": tuple_(bindparam("before"), bindparam("before_id")) > place,
    }
    told: dict[str, ColumnElement[Any]] = {
        "created_at": created_at.label("created_at"),
        "id": id.label("id"),
    }
    columns: list[ColumnElement[Any]] = [told.get(name, recordings.c[name]) for name in way.columns]
    within = [it for name, it in edges.items() if name in shape]
    return select(*columns).where(way.condition, *within)
