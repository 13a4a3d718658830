"""Adds accounts from many tasks and prints the id of each that was acknowledged, until killed."""

import asyncio
import os
import sys
from pathlib import Path
from uuid import uuid4

from dictabelt.core.ids import AccountId
from dictabelt.core.nouns import Account
from dictabelt.db.sqlite import SqliteDatabase


async def add_for_ever(database: SqliteDatabase) -> None:
    while True:
        id = AccountId(uuid4())
        async with database.write() as tx:
            await tx.accounts.add(Account(id=id, name=id.hex, created_at=tx.now))
        os.write(1, f"{id.hex}\n".encode())


async def main() -> None:
    database = SqliteDatabase.open(Path(sys.argv[1]))
    await asyncio.gather(*(add_for_ever(database) for _ in range(16)))


asyncio.run(main())
