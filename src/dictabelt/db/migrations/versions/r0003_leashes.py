"""Links on a leash: parts and mixes, who made one, how many uses, from which networks."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

Identifier = sa.LargeBinary(16).with_variant(sa.Uuid(), "postgresql")


def upgrade() -> None:
    _columns()
    _share_uses()


def _columns() -> None:
    for column in (
        sa.Column("mix", sa.Text, nullable=False, server_default="both"),
        sa.Column("start_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("end_ms", sa.BigInteger),
        sa.Column("made_by", Identifier),
        sa.Column("uses", sa.BigInteger),
        sa.Column("used", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("networks", sa.Text, nullable=False, server_default="[]"),
        sa.Column("last_used_at", sa.BigInteger),
    ):
        op.add_column("shares", column)


def _share_uses() -> None:
    op.create_table(
        "share_uses",
        sa.Column("account", Identifier, nullable=False),
        sa.Column("share", Identifier, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account", "share", "address", name="pk_share_uses"),
        sa.ForeignKeyConstraint(
            ["account", "share"],
            ["shares.account", "shares.id"],
            name="fk_share_uses_account_share",
        ),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_share_uses_account"),
    )
    op.create_index("ix_share_uses_account_last_at", "share_uses", ["account", "last_at"])
