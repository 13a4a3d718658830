"""What a check finds damaged is marked, and served no more."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for table in ("media", "renditions", "analyses"):
        op.add_column(table, sa.Column("damage", sa.Text))
