"""Restoring: a snapshot becomes a vault again, the bytes first and the database last."""

import asyncio
import hashlib
import os
from pathlib import Path

from dictabelt.core.errors import Conflict, NotFound, StorageFailed
from dictabelt.core.inventory import Ledger, Store, taken_down
from dictabelt.core.repository import Changed, Repository, pieces, proved
from dictabelt.core.snapshot import Snapshot
from dictabelt.core.watch import Watch


async def restored_blobs(
    repository: Repository, it: Snapshot, *, into: Store, ledger: Ledger, watch: Watch
) -> list[tuple[str, str]]:
    """Brings every blob of a snapshot into a store; those that could not be had, with reasons.

    What is there with its size was put there whole before. Raises StorageFailed for lists that
    are not whole, and where the store refuses.
    """
    await taken_down(into, ledger)
    watch.expect(it.counts.blobs, it.counts.bytes)
    faults = []
    async for blob in repository.listed(it):
        there = ledger.find(blob.key)
        if there is not None and there.size != blob.size:
            await into.delete(blob.key)
        if there is None or there.size != blob.size:
            try:
                source = pieces(await repository.open(blob.sha256))
                await into.put(blob.key, proved(source, blob.sha256))
            except (NotFound, Changed) as reason:
                faults.append((blob.key, str(reason)))
        watch.done(blob.size)
    return faults


async def restored_database(repository: Repository, it: Snapshot, *, target: Path) -> None:
    """Puts the database file together aside, then gives it its name. Raises StorageFailed.

    A vault without its database is none, so this comes last.
    """
    aside, digest = target.with_name(f"{target.name}.restoring"), hashlib.sha256()
    with aside.open("wb") as file:
        for sha256 in it.database.objects:
            data = await repository.whole(sha256)
            digest.update(data)
            await asyncio.to_thread(file.write, data)
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())
    if digest.hexdigest() != it.database.sha256:
        raise StorageFailed("the database of the snapshot is damaged; restore another snapshot")
    await asyncio.to_thread(_named, aside, target)


def _named(aside: Path, target: Path) -> None:
    try:
        os.link(aside, target)  # unlike a rename it never replaces what is there
    except FileExistsError:
        raise Conflict(f"{target} came meanwhile; restore into another folder") from None
    aside.unlink()
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
