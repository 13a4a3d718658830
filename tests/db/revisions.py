"""Database files as older versions left them."""

from contextlib import closing
from pathlib import Path

import sqlalchemy
from alembic import command
from sqlalchemy.pool import StaticPool

from dictabelt.db.engine import connect
from dictabelt.db.migrations.run import config


def make(path: Path, revision: str) -> None:
    """An empty vault of that revision."""
    settings = config()
    with closing(connect(path)) as connection:
        engine = sqlalchemy.create_engine(
            "sqlite://", creator=lambda: connection, poolclass=StaticPool
        )
        with engine.connect() as session:
            settings.attributes["connection"] = session
            command.upgrade(settings, revision)
            session.commit()
