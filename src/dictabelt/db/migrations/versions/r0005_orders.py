"""Searches by number, tag, finding and channel start in an index that has their order."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Identifier = sa.LargeBinary(16).with_variant(sa.Uuid(), "postgresql")

_OF_CALL = {"direction": sa.Text, "caller_number": sa.Text, "callee_number": sa.Text}
_SOMETIMES = {
    "call": "call",
    "conference": "conference",
    "device": "device_id",
    "end_user": "end_user_id",
    "caller": "caller_number",
    "callee": "callee_number",
    "channel": "channel",
}
_BEFORE = ("newest", "call", "conference", "device", "end_user", "started")


def upgrade() -> None:
    for name in _BEFORE:
        op.drop_index(f"ix_recordings_{name}", "recordings")
    _recordings()
    _calls()
    _orders()
    _indexes()


def _recordings() -> None:
    for name, kind in _OF_CALL.items():
        op.add_column("recordings", sa.Column(name, kind))
    op.add_column("recordings", sa.Column("channel", Identifier))
    names = [*_OF_CALL, "channel"]
    them, call = _table("recordings", "call", *names), _table("calls", "id", *names)
    op.execute(
        sa.update(them)
        .values({name: call.c[name] for name in names})
        .where(call.c.account == them.c.account, call.c.id == them.c.call)
    )


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, sa.column("account"), *(sa.column(it) for it in columns))


def _calls() -> None:
    for name in ("caller_number", "callee_number"):
        op.drop_index(f"ix_calls_account_{name}", "calls")
        op.drop_column("calls", name)


def _orders() -> None:
    for table in ("tags", "findings"):
        column = sa.Column("created_at", sa.BigInteger, nullable=False, server_default="0")
        op.add_column(table, column)
        rows, them = (
            _table(table, "recording", "created_at"),
            _table("recordings", "id", "created_at"),
        )
        op.execute(
            sa.update(rows)
            .values(created_at=them.c.created_at)
            .where(them.c.account == rows.c.account, them.c.id == rows.c.recording)
        )
    op.create_index("ix_tags_newest", "tags", ["account", "tag", "created_at", "recording"])
    columns = ["account", "finding", "created_at", "recording", "media"]
    op.create_index("ix_findings_newest", "findings", columns)


def _indexes() -> None:
    beside = ["state", "direction", "duration_ms", "transcript", "started_at"]
    _index("newest", ["created_at", "id", *beside], "deleted_at IS NULL")
    _index("started", ["started_at", "created_at", "id"], "deleted_at IS NULL")
    for name, column in _SOMETIMES.items():
        where = f"deleted_at IS NULL AND {column} IS NOT NULL"
        _index(name, [column, "created_at", "id"], where)


def _index(name: str, columns: list[str], where: str) -> None:
    text = sa.text(where)
    op.create_index(
        f"ix_recordings_{name}",
        "recordings",
        ["account", *columns],
        sqlite_where=text,
        postgresql_where=text,
    )
