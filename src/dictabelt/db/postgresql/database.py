"""The vault's rows on a PostgreSQL server."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType
from typing import Self

from dictabelt.core.job import Ceiling
from dictabelt.core.ports import Jobs, Reading, Seal, Writing
from dictabelt.db.lease import Leases
from dictabelt.db.postgresql.clock import ServerClock
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.postgresql.listening import Listener
from dictabelt.db.postgresql.pool import Pool
from dictabelt.db.postgresql.replica import ReplicaFirst
from dictabelt.db.postgresql.schema import upgrade
from dictabelt.db.postgresql.transactions import Changes, Views
from dictabelt.db.postgresql.turns import Turns
from dictabelt.db.seal import NoSeal


class PostgresqlDatabase:
    """Views and changes on a pool of connections; `stirred` is set once a job may be there."""

    def __init__(self, reach: Reach, replica: Reach | None, *, seal: Seal) -> None:
        self.stirred = asyncio.Event()
        self._listener = Listener(reach, self.stirred)
        clock = ServerClock()
        primary = Pool(reach.connect, reach.connections)
        self._pools = [primary]
        turns = Turns(reach.lock_ms / 1000)
        self._changes = Changes(primary, clock, turns=turns, stir=self.stirred.set, seal=seal)
        self._views = self._surveys = Views(primary, clock, seal=seal)
        if replica is not None:
            second = Pool(replica.connect, replica.connections)
            self._pools.append(second)
            self._surveys = Views(ReplicaFirst(second, primary), ServerClock(), seal=seal)

    @classmethod
    async def open(
        cls, reach: Reach, *, replica: Reach | None = None, seal: Seal | None = None
    ) -> Self:
        """Opens the database, made or brought up to date first. Raises StorageFailed.

        Without a `seal`, rows that hold secrets can be neither written nor read.
        """
        await upgrade(reach)
        return cls(reach, replica, seal=seal or NoSeal())

    def jobs(self, ceilings: Mapping[str, Ceiling] = MappingProxyType({})) -> Jobs:
        """The worker's side of the jobs on the server."""
        return Leases(self, self.stirred, listen=self._listener.start, ceilings=ceilings)

    def read(self) -> AbstractAsyncContextManager[Reading]:
        return self._views.view()

    def glance(self) -> AbstractAsyncContextManager[Reading]:
        return self._views.glance()

    def survey(self) -> AbstractAsyncContextManager[Reading]:
        return self._surveys.view()

    def write(self) -> AbstractAsyncContextManager[Writing]:
        return self._changes.transaction()

    async def close(self) -> None:
        """Lets running changes finish; a view may go on."""
        await self._listener.close()
        await self._changes.close()
        for pool in self._pools:
            await pool.close()
