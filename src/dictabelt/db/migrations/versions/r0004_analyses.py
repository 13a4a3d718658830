"""Analyses and findings; who speaks on which channel; packed originals."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

Identifier = sa.LargeBinary(16).with_variant(sa.Uuid(), "postgresql")


def upgrade() -> None:
    _columns()
    _analyses()
    _findings()
    _jobs()
    if op.get_bind().dialect.name == "sqlite":  # the only engine there was
        _listen()


def _columns() -> None:
    speakers = sa.Column("speakers", sa.Text, nullable=False, server_default="[]")
    packed = sa.Column("packed", sa.Boolean, nullable=False, server_default=sa.false())
    packing = sa.Column("packing", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("recordings", speakers)
    op.add_column("media", packed)
    op.add_column("accounts", packing)


def _of_media(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account", "media"], ["media.account", "media.id"], name=f"fk_{table}_account_media"
    )


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=f"fk_{table}_account")


def _analyses() -> None:
    op.create_table(
        "analyses",
        sa.Column("account", Identifier, nullable=False),
        sa.Column("media", Identifier, nullable=False),
        sa.Column("recording", Identifier, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("analyser", sa.Text, nullable=False),
        sa.Column("findings", sa.Text),
        sa.Column("peaks", sa.Text),
        sa.Column("fault", sa.Text),
        sa.PrimaryKeyConstraint("account", "media", name="pk_analyses"),
        _of_media("analyses"),
        _of_account("analyses"),
    )


def _findings() -> None:
    op.create_table(
        "findings",
        sa.Column("account", Identifier, nullable=False),
        sa.Column("finding", sa.Text, nullable=False),
        sa.Column("recording", Identifier, nullable=False),
        sa.Column("media", Identifier, nullable=False),
        sa.PrimaryKeyConstraint("account", "finding", "recording", "media", name="pk_findings"),
        _of_media("findings"),
        _of_account("findings"),
    )
    op.create_index("ix_findings_account_media", "findings", ["account", "media"])


def _jobs() -> None:
    # A worker of one kind must not pass over all that is due of another.
    op.drop_index("ix_jobs_due", "jobs")
    op.create_index("ix_jobs_due", "jobs", ["kind", "due_at", "id"])


def _listen() -> None:
    """What came before is listened to as well, when the server has nothing else to do."""
    op.execute(
        """
        INSERT INTO jobs (account, id, kind, payload, due_at, lock, attempt)
        SELECT account, randomblob(16), 'analyse',
               json_object('recording', lower(hex(recording)), 'media', lower(hex(id))),
               CAST(strftime('%s', 'now') AS INTEGER) * 1000000,
               'analyse:' || lower(hex(id)), 0
        FROM media
        WHERE signal IS NOT NULL
        """
    )
