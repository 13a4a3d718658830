"""Runs Alembic on a PostgreSQL server."""

from functools import partial
from typing import Final

from alembic import command
from asyncpg.exceptions import DeadlockDetectedError, LockNotAvailableError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from dictabelt.core.errors import StorageFailed, VaultError
from dictabelt.db.migrations.run import config, refuse_unknown
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.postgresql.refusals import FAILURES, refusal

# Any number, so that it is the same in every version.
_LOCK: Final = 0x64696374
_IN_USE: Final = (
    "the database is in use, and its tables are to be changed; "
    "stop the other servers and workers, then start this one again"
)


async def migrate(reach: Reach) -> None:
    """Upgrades to the newest revision in one transaction. Raises StorageFailed.

    The transaction takes a lock before it reads the revision, so of two
    processes that start together the second finds nothing to do. What else is
    in use is waited for as long as `reach` says: all who come later wait behind it.
    """
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=reach.patient, poolclass=NullPool
    )
    try:
        async with engine.begin() as session:
            await session.run_sync(partial(_upgrade, lock_ms=reach.lock_ms))
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig is not None else None
        raise _refusal(cause or error) from error
    except FAILURES as error:
        raise refusal(error) from error
    finally:
        await engine.dispose()


def _refusal(error: BaseException) -> VaultError:
    if isinstance(error, LockNotAvailableError | DeadlockDetectedError):
        return StorageFailed(_IN_USE)
    return refusal(error)


def _upgrade(session: Connection, *, lock_ms: int) -> None:
    session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    session.execute(text(f"SET LOCAL lock_timeout = {lock_ms}"))
    settings = config()
    refuse_unknown(session, settings)
    settings.attributes["connection"] = session
    command.upgrade(settings, "head")
