"""Restoring: a snapshot becomes a vault again, the bytes first and the rows last."""

import asyncio
import hashlib
import os
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path

from dictabelt.core.damage import Recovery
from dictabelt.core.errors import Conflict, NotFound, StorageFailed
from dictabelt.core.handfuls import handfuls
from dictabelt.core.inventory import Entry, Ledger, Store, taken_down
from dictabelt.core.kept import Holding, Named, holdings
from dictabelt.core.ports import Database
from dictabelt.core.premises import Shelf
from dictabelt.core.quarantine import Quarantine
from dictabelt.core.repository import Changed, Repository, pieces, proved
from dictabelt.core.snapshot import Snapshot
from dictabelt.core.watch import Watch


async def demand_bare(store: Store) -> None:
    """Raises Conflict for a store with blobs in it, StorageFailed."""
    listed = store.entries()
    async for it in listed:
        raise Conflict(
            f"the store has blobs ({it.key}); name an empty place with --blobs,"
            " or --blobs files for the folder"
        )


async def restored_blobs(
    repository: Repository, it: Snapshot, *, into: Shelf, ledger: Ledger, watch: Watch
) -> list[tuple[str, str]]:
    """Brings every blob of a snapshot into a store; those that could not be had, with reasons.

    What is there with its size was put there whole before. The ledger has those that came, with
    their hashes, in the end. Raises StorageFailed for lists that
    are not whole, and where the store refuses.
    """
    await into.prepare()
    await into.sweep(before=datetime.max.replace(tzinfo=UTC))  # a vault of nobody yet
    await taken_down(into, ledger)
    watch.expect(it.counts.blobs, it.counts.bytes)
    faults: list[tuple[str, str]] = []
    async for some in handfuls(repository.listed(it), attrgetter("key")):
        found = await asyncio.gather(
            *(_restored(repository, one, ledger.find(one.key), into=into) for one in some)
        )
        ledger.note(one for one, reason in zip(some, found, strict=True) if not reason)
        faults += [(one.key, reason) for one, reason in zip(some, found, strict=True) if reason]
        for one in some:
            watch.done(one.size)
    return faults


async def _restored(
    repository: Repository, blob: Entry, there: Entry | None, *, into: Shelf
) -> str | None:
    """Why a blob could not be had, if it could not."""
    if there is not None and there.size == blob.size:
        return None
    if there is not None:
        await into.delete(blob.key)
    try:
        source = pieces(await repository.open(blob.sha256))
        await into.put(blob.key, proved(source, blob.sha256))
    except (NotFound, Changed) as reason:
        return str(reason)
    return None


async def database_copy(repository: Repository, it: Snapshot, *, target: Path) -> None:
    """Puts the snapshot's database file together. Raises StorageFailed."""
    digest = hashlib.sha256()
    with target.open("wb") as file:
        for sha256 in it.database.objects:
            data = await repository.whole(sha256)
            digest.update(data)
            await asyncio.to_thread(file.write, data)
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())
    if digest.hexdigest() != it.database.sha256:
        raise StorageFailed("the database of the snapshot is damaged; restore another snapshot")


async def lifted(db: Database, ledger: Ledger) -> int:
    """Takes the marks of earlier checks off what came whole; says how many stay.

    Peaks, and packs of before schema 0007, keep theirs: rows have no hash of them. Raises
    StorageFailed.
    """
    quarantine, left = Quarantine(db), 0
    async for holding in holdings(db):
        for it in holding.named():
            if it.damage is None:
                continue
            if _is_whole(holding, it, ledger.find(it.blob)):
                await quarantine.lift(Recovery(holding, it))
            else:
                left += 1
    return left


def _is_whole(holding: Holding, named: Named, came: Entry | None) -> bool:
    """Whether the bytes that came are those of the row, and the account's own."""
    if came is None or named.sha256 is None:
        return False
    return came.sha256 == named.sha256 and named.blob.startswith(f"{holding.account.hex}/")
