"""A vault put together from the real parts and what a test needs to hold in its own hand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp

from clocks import Clock, Clocked
from dictabelt.app import blobs_of, database_of, front
from dictabelt.audio.engine import Engine
from dictabelt.audio.lame import load as load_lame
from dictabelt.core.inventory import Store
from dictabelt.core.limiter import Limiter
from dictabelt.core.nouns import Recording
from dictabelt.core.ports import Audio, Database
from dictabelt.core.premises import DatabaseFile
from dictabelt.core.vault import Adapters, Vault, compose
from dictabelt.db.lease import Leases
from dictabelt.secret import Seal, pepper
from dictabelt.settings import Settings
from stocked import Stock, Tenant, copied


@dataclass(frozen=True)
class Assembly:
    """The stock in a vault of these parts."""

    vault: Vault
    app: ASGIApp
    db: Database
    blobs: Store
    ours: Tenant
    theirs: Tenant
    folder: Path
    settings: Settings

    async def database(self) -> DatabaseFile:
        """The database behind the rows."""
        rows, whole = await database_of(self.settings).beside(None)
        await rows.close()
        return whole

    async def kept(self) -> set[str]:
        """The keys of all blobs."""
        listed = self.blobs.keys()
        return {key async for key in listed}

    async def tamper(self, key: str, spoil: Callable[[bytes], bytes]) -> None:
        """Other bytes under a key, which no store would do by itself."""
        async with self.blobs.local(key) as path:
            data = spoil(path.read_bytes())

        async def chunks() -> AsyncIterator[bytes]:
            yield data

        await self.blobs.delete(key)
        await self.blobs.put(key, chunks())

    async def blobs_of(self, it: Recording) -> set[str]:
        """The keys of its originals and of what was drawn of them."""
        keys = {str(one.blob) for one in it.media}
        async with self.db.read() as tx:
            for one in it.media:
                heard = await tx.analyses.get(it.account, one.id)
                keys |= {heard.peaks} if heard and heard.peaks else set()
        return keys


@asynccontextmanager
async def assembled(
    stock: Stock,
    folder: Path,
    *,
    audio: Audio | None = None,
    clock: Clock | None = None,
    encoders: int = 2,
) -> AsyncIterator[Assembly]:
    """A copy of the stock in `folder`, opened with `audio` and `clock` where they are given."""
    async with copied(stock, folder) as settings:
        blobs = blobs_of(settings, settings.blobs)
        await blobs.prepare()
        key = pepper(folder / "secret.key", kept=True)
        database = await database_of(settings).open(Seal(key))
        db = Clocked(database, clock) if clock else database
        vault = compose(
            Adapters(db, blobs, audio or engine(), Leases(db, asyncio.Event())),
            pepper=key,
            limiter=Limiter(encoders, retry_after=5),
        )
        try:
            app = front(vault, settings)
            yield Assembly(vault, app, db, blobs, stock.ours, stock.theirs, folder, settings)
        finally:
            await database.close()


def engine() -> Engine:
    """The vault's own decoder and encoder."""
    return Engine(load_lame())
