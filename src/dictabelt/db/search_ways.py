"""Ways into an account's recordings: where a search begins, and what it looks at on the way."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
)

from dictabelt.db.analysis_tables import findings
from dictabelt.db.classes import PROMPT
from dictabelt.db.event_tables import tags
from dictabelt.db.query import aside
from dictabelt.db.recording_rows import RECORDING_COLUMNS
from dictabelt.db.tables import calls, recordings

Shape = frozenset[str]
Condition = ColumnElement[bool]
Place = tuple[ColumnElement[int], ColumnElement[bytes]]

STARTED, LENGTH, FACET = "started", "length", "facet"
"""What leads by classes, whose values are LENGTH_0, LENGTH_1 ..."""
PROMPTLY = "promptly_"
"""Before the names of the edges of what was created promptly."""

COLUMN_NAMES = tuple(column.name for column in RECORDING_COLUMNS)
PLACE = ("created_at", "id")


@dataclass(frozen=True, slots=True)
class Way:
    """Into an account's recordings in their order: some by an index, or by rows of another table.

    `place` is the recording's instant and id, `table` the other one, `edges` what the names of
    its edges begin with.
    """

    condition: Condition = field(default_factory=true)
    place: Place = (recordings.c.created_at, recordings.c.id)
    table: Table | None = None
    edges: str = ""


def _equal(column: ColumnElement[Any], name: str) -> Condition:
    return column == bindparam(name)


def _called(column: ColumnElement[Any]) -> Condition:
    own = calls.c.account == bindparam("account")
    named = select(calls.c.id).where(own, _equal(calls.c.vendor_id, "call_name"))
    return column == named.scalar_subquery()


_CALLER, _CALLEE = recordings.c.caller_number, recordings.c.callee_number
_NOBODY: ColumnElement[str] = literal_column("''")
_TAGGED = and_(tags.c.account == bindparam("account"), _equal(tags.c.tag, "tag"))
_OF_TAG = tags.c.recording == recordings.c.id
_FOUND = and_(findings.c.account == bindparam("account"), _equal(findings.c.finding, "finding"))
_OF_FINDING = findings.c.recording == recordings.c.id
_OTHER = findings.alias("other")
_ZERO: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")
_PROMPT: ColumnElement[int] = literal_column(str(PROMPT))


def _there(*conditions: Condition) -> Condition:
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
    "tag": (Way(_TAGGED, (tags.c.created_at, tags.c.recording), tags),),
    "device_id": (Way(_equal(recordings.c.device_id, "device_id")),),
    "channel": (Way(_equal(recordings.c.channel, "channel")),),
    "finding": (Way(and_(_FOUND, _ONCE), (findings.c.created_at, findings.c.recording), findings),),
}
# what leads where none of these is asked for, by classes
_BOUNDS = {STARTED: ("started_from", "started_before"), LENGTH: ("shortest_ms", "longest_ms")}
_CLASSES: dict[str, tuple[tuple[str, ColumnElement[int]], ...]] = {
    STARTED: (
        ("day", recordings.c.started_day),
        ("month", recordings.c.started_month),
        ("era", recordings.c.started_era),
    ),
    LENGTH: ((LENGTH, recordings.c.length),),
    FACET: ((FACET, recordings.c.facet),),
}
# where another leads
_BESIDE_A_LEADER: dict[str, Condition] = {
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
    "started_from": aside(recordings.c.started_at) >= bindparam("started_from"),
    "started_before": aside(recordings.c.started_at) < bindparam("started_before"),
    "shortest_ms": aside(recordings.c.duration_ms) >= bindparam("shortest_ms"),
    "longest_ms": aside(recordings.c.duration_ms) <= bindparam("longest_ms"),
}
CONDITIONS = frozenset({"after", "before", *_BESIDE_A_LEADER})
_EVERY = (Way(),)


def leader(names: Collection[str]) -> str | None:
    """What a search with values of these names begins with; None is with every recording."""
    for name in _LEADERS:
        if name in names:
            return name
    for name, bounds in _BOUNDS.items():
        if any(it in names for it in bounds):
            return name
    return FACET if f"{FACET}_0" in names else None


def of_live(leading: str | None, shape: Shape) -> Sequence[Way]:
    """The walks that live recordings are merged from."""
    if leading in _LEADERS:
        return _LEADERS[leading]
    if leading is None:
        return _EVERY
    ways = [
        Way(column == bindparam(name))
        for kind, column in _CLASSES[leading]
        for name in values(shape, kind)
    ]
    if leading == STARTED:
        ways.append(Way(recordings.c.started_day == _PROMPT, edges=PROMPTLY))
    return ways


def of_gone(leading: str | None) -> Sequence[Way]:
    """The walks that deleted ones are merged from: no class has an index of them."""
    return _EVERY if leading is None else _LEADERS.get(leading, _EVERY)


def columns(leading: str | None) -> tuple[str, ...]:
    """What is read of a recording before a page is cut off."""
    return PLACE if leading in _CLASSES else COLUMN_NAMES


def beside(leading: str | None, shape: Shape) -> Iterator[Condition]:
    """The conditions that the walks of the leader do not keep by themselves."""
    for name, it in _BESIDE_A_LEADER.items():
        if name in shape and name != leading:
            yield it


def facets(shape: Shape) -> Iterator[Condition]:
    """That a recording is of one of them, if any are asked for."""
    names = values(shape, FACET)
    if names:
        yield aside(recordings.c.facet).in_([bindparam(it) for it in names])


def values(shape: Shape, kind: str) -> list[str]:
    """The names of its classes."""
    return sorted(it for it in shape if it.startswith(f"{kind}_"))
