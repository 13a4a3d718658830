"""Enqueues jobs, says each that is durable, and works on them at once, until it is killed."""

import asyncio
import os
import sys
from datetime import timedelta
from itertools import count
from pathlib import Path

from dictabelt.core.ids import AccountId
from dictabelt.core.job import Job, Leased
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.postgresql.database import PostgresqlDatabase
from dictabelt.db.sqlite import SqliteDatabase
from dictabelt.jobs.worker import Done, Outcome, Worker

LEASE = timedelta(seconds=1)


Opened = SqliteDatabase | PostgresqlDatabase


async def opened(place: str) -> Opened:
    """A path, or the URL of a server."""
    if place.startswith("postgresql:"):
        return await PostgresqlDatabase.open(Reach(place, connections=8))
    return SqliteDatabase.open(Path(place))


async def enqueue(database: Opened, account: AccountId) -> None:
    for number in count():
        name = f"{os.getpid()}-{number}"
        async with database.write() as tx:
            await tx.jobs.add(account, Job("note", account, {"name": name}, due_at=tx.now))
        os.write(1, f"{name}\n".encode())


def working(database: Opened, effects: Path) -> Worker:
    """A worker whose jobs leave a file each."""

    async def note(it: Leased) -> Outcome:
        await asyncio.sleep(0)
        (effects / it.job.payload["name"]).touch()
        return Done()

    return Worker(database.jobs(), {"note": note}, lease=LEASE)


async def main(place: str, effects: Path) -> None:
    database = await opened(place)
    async with database.read() as view:
        [account] = await view.accounts.all()
    await asyncio.gather(
        working(database, effects).run(), *(enqueue(database, account.id) for _ in range(1))
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
