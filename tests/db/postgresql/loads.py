"""Work on a database while something happens to its server."""

import asyncio
from dataclasses import dataclass, field

from db.samples import account
from dictabelt.core.errors import StorageFailed
from dictabelt.db.postgresql.database import PostgresqlDatabase


@dataclass
class Load:
    """Writers that note what was acknowledged, and readers; both come back after a refusal."""

    database: PostgresqlDatabase
    acknowledged: list[str] = field(default_factory=list)
    refused: int = 0
    over: bool = False
    progress: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, number: int) -> None:
        count = 0
        while not self.over:
            count += 1
            made = account(f"{number}-{count}")
            try:
                async with self.database.write() as tx:
                    await tx.accounts.add(made)
            except StorageFailed:
                self.refused += 1
                await asyncio.sleep(0)
            else:
                self.acknowledged.append(made.name)
                self.progress.set()

    async def read(self) -> None:
        while not self.over:
            try:
                async with self.database.read() as view:
                    await view.accounts.named("0-1")
                    await view.link_keys.all()
            except StorageFailed:
                self.refused += 1
            await asyncio.sleep(0)

    async def more(self, count: int) -> None:
        """Returns when so many more are acknowledged than there were."""
        enough = len(self.acknowledged) + count
        while len(self.acknowledged) < enough:
            self.progress.clear()
            await self.progress.wait()
