"""A database on a server as a whole: what is wrong with it, and a copy of its rows as a file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dictabelt.core.damage import DatabaseFault
from dictabelt.core.ports import Database
from dictabelt.db.inspection import opened_copy
from dictabelt.db.postgresql import amcheck, catalogue
from dictabelt.db.postgresql.connecting import Connection, Reach
from dictabelt.db.postgresql.refusals import FAILURES, refusal
from dictabelt.db.sides import drawing_off


def _unheard(_: int) -> None:
    pass


class ServerDatabase:
    """One PostgreSQL database, whoever writes to it meanwhile."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def faults(self) -> list[DatabaseFault]:
        """What the server's catalogue, its references and, where it is there, amcheck say.

        At most 20 of a kind. Raises StorageFailed.
        """
        async with self._asked() as connection:
            return [
                *await catalogue.faults(connection),
                *await catalogue.broken_references(connection),
                *await amcheck.faults(connection),
            ]

    async def remarks(self) -> list[str]:
        """What the server does not check. Raises StorageFailed."""
        async with self._asked() as connection:
            return [*await catalogue.remarks(connection), *await amcheck.remarks(connection)]

    async def copy(self, target: Path) -> None:
        """All that is committed at one instant, as an SQLite file, compared with the server's.

        Raises StorageFailed.
        """
        async with drawing_off(self._reach.url, target) as work:
            await work.run(_unheard)
            await work.demand_same()

    @asynccontextmanager
    async def opened(self, copy: Path) -> AsyncIterator[Database]:
        """The rows of a copy; what is sealed stays so. Raises StorageFailed."""
        async with opened_copy(copy) as database:
            yield database

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[Connection]:
        try:
            connection = await self._reach.patient()
            try:
                yield connection
            finally:
                await connection.close()
        except FAILURES as error:
            raise refusal(error) from error
