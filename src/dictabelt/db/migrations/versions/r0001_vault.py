"""The first schema: accounts, keys, calls, recordings, media and renditions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Identifier = sa.LargeBinary(16).with_variant(sa.Uuid(), "postgresql")


def upgrade() -> None:
    _accounts_and_keys()
    _calls()
    _recordings()
    _recording_indexes()
    _media()
    _renditions()


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=f"fk_{table}_account")


def _accounts_and_keys() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("media_public", sa.Boolean, nullable=False),
        sa.Column("link_seconds", sa.BigInteger),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("name", name="uq_accounts_name"),
    )
    op.create_table(
        "api_keys",
        sa.Column("account", Identifier, nullable=False),
        sa.Column("id", Identifier, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("dialect", sa.Text),
        sa.PrimaryKeyConstraint("account", "id", name="pk_api_keys"),
        _of_account("api_keys"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
    )
    op.create_table(
        "link_keys",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("retired_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_link_keys"),
    )


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("account", Identifier, nullable=False),
        sa.Column("id", Identifier, nullable=False),
        sa.Column("direction", sa.Text),
        sa.Column("caller", sa.Text),
        sa.Column("callee", sa.Text),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("vendor_id", sa.Text),
        sa.Column("channel", Identifier),
        sa.Column("caller_number", sa.Text),
        sa.Column("callee_number", sa.Text),
        sa.PrimaryKeyConstraint("account", "id", name="pk_calls"),
        sa.UniqueConstraint("account", "vendor_id", name="uq_calls_account_vendor_id"),
        _of_account("calls"),
    )
    op.create_index("ix_calls_account_caller_number", "calls", ["account", "caller_number"])
    op.create_index("ix_calls_account_callee_number", "calls", ["account", "callee_number"])


def _recordings() -> None:
    op.create_table(
        "recordings",
        sa.Column("account", Identifier, nullable=False),
        sa.Column("id", Identifier, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("leg", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("call", Identifier),
        sa.Column("conference", Identifier),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("duration_ms", sa.BigInteger),
        sa.Column("channels", sa.Integer),
        sa.Column("track", sa.Text, nullable=False),
        sa.Column("trim", sa.Text, nullable=False),
        sa.Column("price", sa.Text),
        sa.Column("price_unit", sa.Text),
        sa.Column("error_code", sa.Text),
        sa.Column("transcription", sa.Boolean, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("metadata", sa.Text),
        sa.Column("device_id", sa.Text),
        sa.Column("end_user_id", sa.Text),
        sa.Column("extras", sa.Text, nullable=False),
        sa.Column("hold", sa.Boolean, nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
        sa.Column("source_id", Identifier, nullable=False),
        sa.PrimaryKeyConstraint("account", "id", name="pk_recordings"),
        sa.ForeignKeyConstraint(
            ["account", "call"], ["calls.account", "calls.id"], name="fk_recordings_account_call"
        ),
        _of_account("recordings"),
    )


def _recording_indexes() -> None:
    live = sa.text("deleted_at IS NULL")
    for name, columns in {
        "ix_recordings_newest": ["account", "created_at", "id"],
        "ix_recordings_call": ["account", "call", "created_at", "id"],
        "ix_recordings_source": ["account", "source_id", "created_at", "id"],
    }.items():
        op.create_index(name, "recordings", columns, sqlite_where=live, postgresql_where=live)


def _media() -> None:
    op.create_table(
        "media",
        sa.Column("account", Identifier, nullable=False),
        sa.Column("recording", Identifier, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("id", Identifier, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("size", sa.BigInteger),
        sa.Column("sha256", sa.Text),
        sa.Column("blob", sa.Text),
        sa.Column("captured_at", sa.BigInteger),
        sa.Column("signal", sa.Text),
        sa.Column("fault", sa.Text),
        sa.PrimaryKeyConstraint("account", "id", name="pk_media"),
        sa.ForeignKeyConstraint(
            ["account", "recording"],
            ["recordings.account", "recordings.id"],
            name="fk_media_account_recording",
        ),
        sa.UniqueConstraint(
            "account", "recording", "position", name="uq_media_account_recording_position"
        ),
        _of_account("media"),
    )
    op.create_index("ix_media_account_sha256", "media", ["account", "sha256"])


def _renditions() -> None:
    op.create_table(
        "renditions",
        sa.Column("account", Identifier, nullable=False),
        sa.Column("media", Identifier, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("blob", sa.Text, nullable=False),
        sa.Column("encoder", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account", "media", "form", name="pk_renditions"),
        sa.ForeignKeyConstraint(
            ["account", "media"], ["media.account", "media.id"], name="fk_renditions_account_media"
        ),
        _of_account("renditions"),
    )
