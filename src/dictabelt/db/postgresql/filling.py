"""A database on a server that a vault is restored into, in one transaction."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from dictabelt.core.errors import Conflict, StorageFailed
from dictabelt.core.ports import Database
from dictabelt.core.watch import RowWatch
from dictabelt.db.copying import TABLES, Copy
from dictabelt.db.engine import connect
from dictabelt.db.postgresql.connecting import Connection, Reach
from dictabelt.db.postgresql.database import PostgresqlDatabase
from dictabelt.db.postgresql.refusals import FAILURES, refusal
from dictabelt.db.postgresql.schema import current, upgrade
from dictabelt.db.schema import upgrade as upgrade_file
from dictabelt.db.seal import NoSeal
from dictabelt.db.sides import FileSide, ServerSide

_BEGIN: Final = (
    "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0;"
    " LOCK TABLE accounts, link_keys IN EXCLUSIVE MODE"
)
# Every vault that was ever opened has a row in one of them.
_ROWS: Final = "SELECT EXISTS (SELECT FROM accounts) OR EXISTS (SELECT FROM link_keys)"
_ANALYSE: Final = f"ANALYZE {', '.join(it.name for it in TABLES)}"
_TAKEN: Final = (
    "the database has the rows of a vault; name an empty one with --database (CREATE DATABASE),"
    " or --database sqlite for a file in the folder"
)
_BROKEN: Final = (
    "rows of the snapshot refer to what is not there, which a server refuses; restore another"
    " snapshot, or this one into a folder alone (--database sqlite) and mend it there"
)


class ServerToFill:
    """A database on a server that is there and has no rows."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def demand_empty(self) -> None:
        """Raises Conflict where there are rows, StorageFailed where it cannot be reached."""
        if await current(self._reach) is None:
            return
        connection = await self._reach.connect()
        try:
            await _demand_empty(connection)
        except FAILURES as error:
            raise refusal(error) from error
        finally:
            connection.terminate()

    async def filled(self, copy: Path) -> bool:
        """Whether all rows of the copy are in. Raises Conflict for others, StorageFailed."""
        async with self._sides(copy) as (work, connection):
            try:
                if not await connection.fetchval(_ROWS):
                    return False
            except FAILURES as error:
                raise refusal(error) from error
            if any(one != other for one, other in await work.compare()):
                raise Conflict(_TAKEN)
            await _analyse(connection)
            return True

    async def fill(self, copy: Path, watch: RowWatch) -> None:
        """All rows of the copy, compared by counts and hashes, or none.

        Raises Conflict where rows came meanwhile, StorageFailed.
        """
        async with self._sides(copy) as (work, connection):
            await self._fill(work, connection, watch)
            await _analyse(connection)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        """The rows on the server. Raises StorageFailed."""
        database = PostgresqlDatabase(self._reach, None, seal=NoSeal())
        try:
            yield database
        finally:
            await database.close()

    @asynccontextmanager
    async def _sides(self, copy: Path) -> AsyncIterator[tuple[Copy, Connection]]:
        upgrade_file(copy)
        await upgrade(self._reach)
        source = FileSide(connect(copy))
        async with aclosing(source), aclosing(ServerSide(await self._reach.connect())) as target:
            yield Copy(source, target), target.connection

    async def _fill(self, work: Copy, connection: Connection, watch: RowWatch) -> None:
        try:
            await connection.execute(_BEGIN)
            await _demand_empty(connection)
            watch.expect(await work.count())
            await _run(work, watch)
            await work.demand_same()
            await connection.execute("COMMIT")
        except FAILURES as error:
            raise refusal(error) from error


async def _run(work: Copy, watch: RowWatch) -> None:
    try:
        await work.run(watch.add)
    except Conflict:
        raise StorageFailed(_BROKEN) from None


async def _analyse(connection: Connection) -> None:
    """A vault that is new to the server is searched at once."""
    with suppress(*FAILURES):  # the rows are in, and the server does it by itself before long
        await connection.execute(_ANALYSE)


async def _demand_empty(connection: Connection) -> None:
    if await connection.fetchval(_ROWS):
        raise Conflict(_TAKEN)
