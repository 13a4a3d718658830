"""Transcriptions, webhooks, shares, idempotency keys, jobs; tags, devices and limits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Identifier = sa.LargeBinary(16).with_variant(sa.Uuid(), "postgresql")


def upgrade() -> None:
    _columns()
    _indexes()
    _tags()
    _transcriptions()
    _hooks()
    _events()
    _deliveries()
    _shares()
    _once()
    _jobs()


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=f"fk_{table}_account")


def _of_recording(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account", "recording"],
        ["recordings.account", "recordings.id"],
        name=f"fk_{table}_account_recording",
    )


def _own(*more: "sa.Column[object]") -> "list[sa.Column[object]]":
    return [
        sa.Column("account", Identifier, nullable=False),
        sa.Column("id", Identifier, nullable=False),
        *more,
    ]


def _columns() -> None:
    op.add_column("accounts", sa.Column("requests_a_minute", sa.BigInteger))
    op.add_column("accounts", sa.Column("upload_urls_a_minute", sa.BigInteger))
    op.add_column("api_keys", sa.Column("device_id", sa.Text))
    op.add_column("api_keys", sa.Column("end_user_id", sa.Text))
    op.add_column("recordings", sa.Column("tags", sa.Text, nullable=False, server_default="[]"))
    op.add_column("recordings", sa.Column("transcript", Identifier))


def _indexes() -> None:
    live = sa.text("deleted_at IS NULL")
    for name, columns in {
        "ix_recordings_state": ["account", "state", "created_at", "id"],
        "ix_recordings_device": ["account", "device_id", "created_at", "id"],
        "ix_recordings_end_user": ["account", "end_user_id", "created_at", "id"],
        "ix_recordings_started": ["account", "started_at", "id"],
        "ix_recordings_conference": ["account", "conference", "created_at", "id"],
    }.items():
        op.create_index(name, "recordings", columns, sqlite_where=live, postgresql_where=live)
    gone = sa.text("deleted_at IS NOT NULL")
    op.create_index(
        "ix_recordings_deleted",
        "recordings",
        ["account", "created_at", "id"],
        sqlite_where=gone,
        postgresql_where=gone,
    )


def _tags() -> None:
    op.create_table(
        "tags",
        sa.Column("account", Identifier, nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("recording", Identifier, nullable=False),
        sa.PrimaryKeyConstraint("account", "tag", "recording", name="pk_tags"),
        _of_recording("tags"),
        _of_account("tags"),
    )
    op.create_index("ix_tags_account_recording", "tags", ["account", "recording"])


def _transcriptions() -> None:
    op.create_table(
        "transcriptions",
        *_own(
            sa.Column("created_at", sa.BigInteger, nullable=False),
            sa.Column("updated_at", sa.BigInteger, nullable=False),
            sa.Column("recording", Identifier, nullable=False),
            sa.Column("state", sa.Text, nullable=False),
            sa.Column("locale", sa.Text, nullable=False),
            sa.Column("text", sa.Text),
            sa.Column("segments", sa.Text, nullable=False),
            sa.Column("summary", sa.Text),
            sa.Column("duration_ms", sa.BigInteger),
            sa.Column("channels", sa.Integer),
            sa.Column("price", sa.Text),
            sa.Column("price_unit", sa.Text),
            sa.Column("error", sa.Text),
        ),
        sa.PrimaryKeyConstraint("account", "id", name="pk_transcriptions"),
        _of_recording("transcriptions"),
        _of_account("transcriptions"),
    )
    remembered = sa.text("state <> 'forgotten'")
    for name, columns in {
        "ix_transcriptions_newest": ["account", "created_at", "id"],
        "ix_transcriptions_recording": ["account", "recording", "created_at", "id"],
    }.items():
        op.create_index(
            name,
            "transcriptions",
            columns,
            sqlite_where=remembered,
            postgresql_where=remembered,
        )


def _hooks() -> None:
    op.create_table(
        "hooks",
        *_own(
            sa.Column("created_at", sa.BigInteger, nullable=False),
            sa.Column("dialect", sa.Text, nullable=False),
            sa.Column("url", sa.Text, nullable=False),
            sa.Column("events", sa.Text, nullable=False),
            sa.Column("sealed", sa.LargeBinary, nullable=False),
            sa.Column("details", sa.Text, nullable=False),
            sa.Column("enabled", sa.Boolean, nullable=False),
        ),
        sa.PrimaryKeyConstraint("account", "id", name="pk_hooks"),
        _of_account("hooks"),
    )


def _events() -> None:
    op.create_table(
        "events",
        *_own(
            sa.Column("created_at", sa.BigInteger, nullable=False),
            sa.Column("type", sa.Text, nullable=False),
            sa.Column("recording", Identifier, nullable=False),
            sa.Column("snapshot", sa.Text, nullable=False),
            sa.Column("transcription", sa.Text),
        ),
        sa.PrimaryKeyConstraint("account", "id", name="pk_events"),
        _of_account("events"),
    )
    op.create_index("ix_events_newest", "events", ["account", "created_at", "id"])
    op.create_index("ix_events_recording", "events", ["account", "recording", "created_at", "id"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        *_own(
            sa.Column("created_at", sa.BigInteger, nullable=False),
            sa.Column("event", Identifier, nullable=False),
            sa.Column("receiver", sa.Text, nullable=False),
            sa.Column("dialect", sa.Text, nullable=False),
            sa.Column("url", sa.Text, nullable=False),
            sa.Column("hook", Identifier),
            sa.Column("address", sa.Text, nullable=False),
            sa.Column("state", sa.Text, nullable=False),
            sa.Column("attempts", sa.Integer, nullable=False),
            sa.Column("status", sa.Integer),
            sa.Column("error", sa.Text),
            sa.Column("updated_at", sa.BigInteger),
        ),
        sa.PrimaryKeyConstraint("account", "id", name="pk_deliveries"),
        sa.UniqueConstraint(
            "account",
            "event",
            "dialect",
            "receiver",
            name="uq_deliveries_account_event_dialect_receiver",
        ),
        sa.ForeignKeyConstraint(
            ["account", "event"],
            ["events.account", "events.id"],
            name="fk_deliveries_account_event",
        ),
        _of_account("deliveries"),
    )


def _shares() -> None:
    op.create_table(
        "shares",
        *_own(
            sa.Column("created_at", sa.BigInteger, nullable=False),
            sa.Column("recording", Identifier, nullable=False),
            sa.Column("media", Identifier, nullable=False),
            sa.Column("form", sa.Text, nullable=False),
            sa.Column("expires_at", sa.BigInteger, nullable=False),
            sa.Column("note", sa.Text),
            sa.Column("revoked_at", sa.BigInteger),
        ),
        sa.PrimaryKeyConstraint("account", "id", name="pk_shares"),
        _of_recording("shares"),
        _of_account("shares"),
    )
    op.create_index(
        "ix_shares_account_recording_created_at", "shares", ["account", "recording", "created_at"]
    )


def _once() -> None:
    op.create_table(
        "once",
        sa.Column("account", Identifier, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account", "operation", "key", name="pk_once"),
        _of_account("once"),
    )
    op.create_index("ix_once_account_kept_at", "once", ["account", "kept_at"])


def _jobs() -> None:
    op.create_table(
        "jobs",
        *_own(
            sa.Column("kind", sa.Text, nullable=False),
            sa.Column("payload", sa.Text, nullable=False),
            sa.Column("due_at", sa.BigInteger, nullable=False),
            sa.Column("lock", sa.Text),
            sa.Column("attempt", sa.Integer, nullable=False),
        ),
        sa.PrimaryKeyConstraint("account", "id", name="pk_jobs"),
        _of_account("jobs"),
        sa.UniqueConstraint("lock", name="uq_jobs_lock"),
    )
    op.create_index("ix_jobs_due", "jobs", ["due_at", "id"])
