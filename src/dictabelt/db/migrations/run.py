"""Runs Alembic on an open SQLite connection, without any alembic.ini."""

import sqlite3
from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from dictabelt.core.errors import StorageFailed
from dictabelt.db.engine import refusal


def config() -> Config:
    """Alembic's settings, for the scripts beside this module wherever they are installed."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return made


def migrate(connection: sqlite3.Connection) -> None:
    """Upgrades to the newest revision in one transaction. Raises StorageFailed.

    The transaction takes the write lock before it reads the revision, so of
    two processes that start together the second finds nothing to do.
    """
    engine = sqlalchemy.create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    settings = config()
    try:
        with engine.connect() as session:
            session.exec_driver_sql("BEGIN IMMEDIATE")
            refuse_unknown(session, settings)
            settings.attributes["connection"] = session
            command.upgrade(settings, "head")
            session.commit()
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise refusal(error.orig) from error
        raise


def refuse_unknown(session: sqlalchemy.Connection, settings: Config) -> None:
    """Raises StorageFailed for a schema that this version does not know."""
    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    if not sqlalchemy.inspect(session).has_table("alembic_version"):
        return
    stored = session.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if stored is not None and stored not in known:
        raise StorageFailed(
            f"a newer Dictabelt wrote it (schema {stored}); install that version, "
            "or restore a backup from before its upgrade"
        )
