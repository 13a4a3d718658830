"""Jobs tell whether they are at work, for limits of how many there may be at once."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    held = sa.Column("held", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("jobs", held)
    it = sa.column("held", sa.Boolean)
    columns = ["kind", "account"]
    op.create_index("ix_jobs_held", "jobs", columns, sqlite_where=it, postgresql_where=it)
