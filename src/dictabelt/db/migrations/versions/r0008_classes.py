"""Searches by state, direction, transcription, length and time of starting are walks of classes."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_STATES = ("queued", "in_progress", "paused", "processing", "available", "absent", "failed")
_LENGTHS_S = (
    *(1, 2, 3, 5, 10, 15, 20, 30, 45),
    *(it * 60 for it in (1, 2, 3, 5, 10, 15, 20, 30, 45)),
    *(it * 3600 for it in (1, 2, 3, 4, 5, 6, 8, 12, 24)),
)
_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US
_DAYS_BEFORE_1970 = 719_163
_STARTED = ("started_at", "duration_ms", "facet")
_THERE = "deleted_at IS NULL"
_REST = """
SELECT indexname, indexdef FROM pg_indexes
WHERE schemaname = current_schema() AND tablename = 'recordings' AND indexname LIKE 'ix\\_%'
"""


def upgrade() -> None:
    for name in ("newest", "state", "started"):
        op.drop_index(f"ix_recordings_{name}", "recordings")
    zero = sa.Column("facet", sa.Integer, nullable=False, server_default="0")
    op.add_column("recordings", zero)
    for name in ("length", "started_day", "started_month", "started_era"):
        op.add_column("recordings", sa.Column(name, sa.Integer))
    aside = _dropped()
    _fill()
    op.drop_column("recordings", "direction")
    for it in aside:
        op.execute(it)
    _indexes()


def _dropped() -> list[str]:
    """What makes the other indexes of recordings again.

    PostgreSQL writes a row anew that changes, and an entry of it into each index; SQLite does not.
    """
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return []
    found = connection.execute(sa.text(_REST)).all()
    for name, _ in found:
        op.drop_index(name, "recordings")
    return [making for _, making in found]


def _fill() -> None:
    """Every row once: what is new in it follows from the rest of it."""
    names = (
        *("state", "direction", "transcript", "duration_ms", "created_at", "started_at"),
        *("facet", "length", "started_day", "started_month", "started_era"),
    )
    them = sa.table("recordings", *(sa.column(it) for it in names))
    it = them.c
    started = it.started_at.is_not(None)
    lag = it.created_at - it.started_at
    late = sa.and_(started, sa.or_(lag > _number(_HOUR_US), lag < _number(-_HOUR_US)))
    # what is divided is never negative: databases round to zero, and Python downwards
    day = (it.started_at + _number(_DAYS_BEFORE_1970 * _DAY_US)) // _number(_DAY_US)
    era = day // _number(1024)
    within = ((era < _number(702), _number(702)), (era > _number(751), _number(751)))
    values = {
        "facet": _facet(it),
        "length": _length(it.duration_ms),
        "started_day": sa.case((late, day), (started, _number(0))),
        "started_month": sa.case((late, day // _number(32))),
        "started_era": sa.case((late, sa.case(*within, else_=era))),
    }
    op.execute(sa.update(them).values(values))


def _number(value: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(value), sa.BigInteger)


def _facet(it: Any) -> sa.ColumnElement[int]:
    """State, then whether it is transcribed, then direction."""
    states = {name: _number(6 * number) for number, name in enumerate(_STATES)}
    directions = {"inbound": _number(1), "outbound": _number(2)}
    transcribed = sa.case((it.transcript.is_not(None), _number(3)), else_=_number(0))
    return (
        sa.case(states, value=it.state)
        + transcribed
        + sa.case(directions, value=it.direction, else_=_number(0))
    )


def _length(duration_ms: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """How many of the lengths it reaches."""
    reached = [
        (duration_ms >= _number(seconds * 1000), _number(position))
        for position, seconds in reversed(list(enumerate(_LENGTHS_S, 1)))
    ]
    return sa.case(*reached, (duration_ms.is_not(None), _number(0)))


def _indexes() -> None:
    _index("newest", ["created_at", "id"], _THERE)
    _index("facet", ["facet", "created_at", "id"], _THERE)
    for name, (column, *beside) in {
        "length": ("length", "duration_ms", "facet"),
        "started": ("started_day", *_STARTED),
        "month": ("started_month", *_STARTED),
        "era": ("started_era", *_STARTED),
    }.items():
        where = f"{_THERE} AND {column} IS NOT NULL"
        _index(name, [column, "created_at", "id", *beside], where)


def _index(name: str, columns: list[str], where: str) -> None:
    text = sa.text(where)
    op.create_index(
        f"ix_recordings_{name}",
        "recordings",
        ["account", *columns],
        sqlite_where=text,
        postgresql_where=text,
    )
