"""What checks, backups and restores stand on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dictabelt.app.opening import kbps_of
from dictabelt.app.storage import SECRET, blobs_of, choice_of, database_of
from dictabelt.audio.engine import Engine
from dictabelt.audio.lame import load
from dictabelt.audio.limits import Limits
from dictabelt.blobs.files import FileBlobs
from dictabelt.core.errors import StorageFailed
from dictabelt.core.premises import Depot, Premises, Site
from dictabelt.db.ledger import SqliteLedger
from dictabelt.secret import Seal, Strongbox, pepper, written
from dictabelt.settings import Settings


@asynccontextmanager
async def premises(settings: Settings) -> AsyncIterator[Premises]:
    """What the upkeep of an existing vault stands on, beside a server that may be running.

    Raises StorageFailed and BadSettings.
    """
    key = _secret(settings.data)
    seal = None if isinstance(key, str) else Seal(key)
    store = blobs_of(settings, settings.blobs)
    database, file = await database_of(settings).beside(seal)
    audio = Engine(load(), Limits(), kbps=kbps_of(settings))
    try:
        yield Premises(
            db=database,
            file=file,
            store=store,
            audio=audio,
            secret=key,
            ledger=SqliteLedger,
        )
    finally:
        audio.close()
        await database.close()


def depot(target: Path) -> Depot:
    """What a backup repository in a folder stands on."""
    return Depot(FileBlobs(target), SqliteLedger, Strongbox())


def site(settings: Settings) -> Site:
    """Where the settings want a vault to be restored. Raises BadSettings."""
    return Site(choice_of(settings).to_fill(), blobs_of(settings, settings.blobs))


def keep_secret(data: Path, secret: bytes) -> None:
    """Gives a vault that is being put together its secret. Raises OSError."""
    written(data / SECRET, secret)


def _secret(data: Path) -> bytes | str:
    try:
        return pepper(data / SECRET, kept=True)
    except StorageFailed as fault:
        return str(fault)
