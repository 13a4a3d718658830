"""Enqueues jobs, says each that is durable, and works on them at once, until it is killed."""

import asyncio
import os
import sys
from datetime import timedelta
from itertools import count
from pathlib import Path

from dictabelt.core.ids import AccountId
from dictabelt.core.job import Job, Leased
from dictabelt.db.sqlite import SqliteDatabase
from dictabelt.jobs.worker import Done, Outcome, Worker

LEASE = timedelta(seconds=1)


async def enqueue(database: SqliteDatabase, account: AccountId) -> None:
    for number in count():
        name = f"{os.getpid()}-{number}"
        async with database.write() as tx:
            await tx.jobs.add(account, Job("note", account, {"name": name}, due_at=tx.now))
        os.write(1, f"{name}\n".encode())


def working(database: SqliteDatabase, effects: Path) -> Worker:
    """A worker whose jobs leave a file each."""

    async def note(it: Leased) -> Outcome:
        await asyncio.sleep(0)
        (effects / it.job.payload["name"]).touch()
        return Done()

    return Worker(database.jobs(), {"note": note}, lease=LEASE)


async def main(path: Path, effects: Path) -> None:
    database = SqliteDatabase.open(path)
    async with database.read() as view:
        [account] = await view.accounts.all()
    await asyncio.gather(
        working(database, effects).run(), *(enqueue(database, account.id) for _ in range(1))
    )


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
