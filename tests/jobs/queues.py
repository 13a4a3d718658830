"""The adapters of durable jobs that the contract suite runs over."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from clocks import Clock, Clocked
from dictabelt.core.access import mint_account_id
from dictabelt.core.ids import AccountId, new_uuid
from dictabelt.core.job import Ceiling, Job
from dictabelt.core.nouns import Account
from dictabelt.core.ports import Database, Jobs
from dictabelt.db.lease import Leases
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.postgresql.database import PostgresqlDatabase
from dictabelt.db.sqlite import SqliteDatabase

NOON = datetime(2126, 3, 5, 12, 0, 0, 123_456, UTC)
LEASE = timedelta(seconds=30)
KINDS = ("ring", "mail")


@dataclass(frozen=True)
class Queue:
    """Jobs and the database they are enqueued in, at instants that the test decides."""

    db: Database
    jobs: Jobs
    clock: Clock
    account: AccountId
    stirred: asyncio.Event

    async def add(self, name: str, *, after: timedelta = timedelta(0), **more: str) -> None:
        """Enqueues a job of that name, due then; `more` may hold its kind and its lock."""
        job = Job(
            kind=more.get("kind", "ring"),
            account=self.account,
            payload={"name": name},
            due_at=self.clock.now + after,
            lock=more.get("lock"),
        )
        async with self.db.write() as tx:
            await tx.jobs.add(self.account, job)

    async def names(self) -> list[str]:
        """What is due now, each leased, in the order of leasing."""
        found = []
        while (it := await self.jobs.lease(KINDS, lasting=LEASE)) is not None:
            found.append(it.job.payload["name"])
        return found


Ceilings = Mapping[str, Ceiling]
NONE: Ceilings = MappingProxyType({})


@asynccontextmanager
async def sqlite(folder: Path, ceilings: Ceilings = NONE) -> AsyncIterator[Queue]:
    database = SqliteDatabase.open(folder / "vault.db")
    try:
        yield await _queue(database, database.stirred, ceilings)
    finally:
        await database.close()


@asynccontextmanager
async def postgresql(url: str, ceilings: Ceilings = NONE) -> AsyncIterator[Queue]:
    database = await PostgresqlDatabase.open(Reach(url, connections=32))
    try:
        yield await _queue(database, database.stirred, ceilings)
    finally:
        await database.close()


async def _queue(database: Database, stirred: asyncio.Event, ceilings: Ceilings) -> Queue:
    clock = Clock(NOON)
    held = Clocked(database, clock)
    id = mint_account_id(new_uuid())
    async with held.write() as tx:
        await tx.accounts.add(Account(id, str(id), NOON))
    return Queue(held, Leases(held, stirred, ceilings=ceilings), clock, id, stirred)
