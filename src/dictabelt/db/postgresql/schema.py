"""Brings a database on a server to the newest schema."""

from typing import Final

from dictabelt.core.errors import StorageFailed
from dictabelt.db.postgresql.connecting import Connection, Reach
from dictabelt.db.postgresql.refusals import FAILURES, refusal
from dictabelt.db.schema import HEAD

_TABLES: Final = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
_REVISION: Final = "SELECT version_num FROM alembic_version"


async def upgrade(reach: Reach) -> None:
    """Makes the tables, or brings them to `HEAD`; all of it or nothing. Raises StorageFailed.

    Alembic is imported only when there is something to do. Of processes that
    start together, one works and the others wait for it.
    """
    if await current(reach) != HEAD:
        from dictabelt.db.postgresql.migrating import migrate

        await migrate(reach)


async def current(reach: Reach) -> str | None:
    """The stored revision, None for a database without tables. Raises StorageFailed."""
    connection = await reach.connect()
    try:
        return await _revision(connection)
    except FAILURES as error:
        raise refusal(error) from error
    finally:
        await connection.close()


async def _revision(connection: Connection) -> str | None:
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        if await connection.fetchval(_TABLES):
            raise StorageFailed(
                "the database holds something else than a vault; choose another one"
            )
        return None
    revision: str | None = await connection.fetchval(_REVISION)
    return revision
