"""Runs Alembic on a PostgreSQL server."""

from typing import Final

from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from dictabelt.db.migrations.run import config, refuse_unknown
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.postgresql.refusals import FAILURES, refusal

# Any number, so that it is the same in every version.
_LOCK: Final = 0x64696374


async def migrate(reach: Reach) -> None:
    """Upgrades to the newest revision in one transaction. Raises StorageFailed.

    The transaction takes a lock before it reads the revision, so of two
    processes that start together the second finds nothing to do.
    """
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=reach.patient, poolclass=NullPool
    )
    try:
        async with engine.begin() as session:
            await session.run_sync(_upgrade)
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig is not None else None
        raise refusal(cause or error) from error
    except FAILURES as error:
        raise refusal(error) from error
    finally:
        await engine.dispose()


def _upgrade(session: Connection) -> None:
    session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    settings = config()
    refuse_unknown(session, settings)
    settings.attributes["connection"] = session
    command.upgrade(settings, "head")
