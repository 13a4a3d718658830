"""What a check finds damaged is marked, and served no more; packs have a hash of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for table in ("media", "renditions", "analyses"):
        op.add_column(table, sa.Column("damage", sa.Text))
    op.add_column("media", sa.Column("packed_sha256", sa.Text))
