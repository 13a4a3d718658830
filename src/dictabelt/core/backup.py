"""Backup: the database as it is at one instant, and every blob that its rows name."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dictabelt.core.digests import sha256_of
from dictabelt.core.errors import Conflict, Damaged, NotFound, StorageFailed
from dictabelt.core.handfuls import handfuls
from dictabelt.core.inventory import Entry, Ledger, taken_down
from dictabelt.core.kept import Holding, Named, Part, holdings
from dictabelt.core.originals import demand_original
from dictabelt.core.ports import Database
from dictabelt.core.premises import Premises
from dictabelt.core.repository import OBJECTS, Changed, Repository, line, object_key, pieces
from dictabelt.core.snapshot import Counts, DatabaseCopy, Origin, Snapshot
from dictabelt.core.watch import Watch

ROUNDS = 20
_CHUNK = 1024 * 1024
_LINES = 8192


@dataclass(slots=True)
class Fresh:
    """What the repository had not, over all rounds."""

    blobs: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """One backup at work; `had` are the repository's objects, `known` the last snapshot's blobs."""

    at: Premises
    repository: Repository
    had: Ledger
    known: Ledger
    scratch: Path
    watch: Watch
    fresh: Fresh = field(default_factory=Fresh)


@dataclass(slots=True)
class _Round:
    """What came of one pass over the rows: a list on disk, and why some blobs are not in it."""

    blobs: int = 0
    bytes: int = 0
    damaged: list[tuple[str, str]] = field(default_factory=list)
    gone: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """A snapshot, and the blobs that could not be kept, each with the reason."""

    snapshot: Snapshot
    damaged: tuple[tuple[str, str], ...]


async def back_up(work: Work, origin: Origin, *, secret: Mapping[str, Any]) -> Made:
    """Makes a snapshot of a vault in use. Raises Conflict, StorageFailed.

    The database is copied first, then the blobs that the copy names. Blobs never change, but
    some may be deleted, or packed, in between. Then the live rows no longer name them: the
    database is copied again, until no blob went away under the backup's hands. Each round reads
    only what is new, so it is short.
    """
    total = await _total(work)
    copied, listed = work.scratch / "database", work.scratch / "list"
    for _ in range(ROUNDS):
        work.watch.expect(*total)
        async with work.at.db.read() as tx:
            now = tx.now
        copied.unlink(missing_ok=True)
        await work.at.file.copy(copied)
        async with work.at.file.opened(copied) as rows:
            done = await _gathered(work, rows, listed)
        if not done.gone:
            parts = await _database(work), tuple([it async for it in _lists(work)])
            snapshot = Snapshot(now, origin, *parts, _counts(work, done), secret)
            await work.repository.keep_snapshot(snapshot)
            return Made(snapshot, tuple(done.damaged))
    raise Conflict("recordings are deleted faster than they can be backed up; try again later")


async def estimated(work: Work) -> Counts:
    """What a backup would bring in now, at most, without writing anything. Raises StorageFailed."""
    blobs = size = new = new_size = damaged = 0
    async for some in handfuls(_every(work.at.db), _sign):
        sizes = await asyncio.gather(*(_size(work, named) for _, named in some))
        for (_, named), found in zip(some, sizes, strict=True):
            if found is None:
                damaged += 1
                continue
            fresh = not _there(work, named)
            blobs, size = blobs + 1, size + found
            new, new_size = new + fresh, new_size + found * fresh
            if fresh and named.sha256:  # the same bytes again are not new
                work.had.note([Entry(object_key(named.sha256), found)])
    return Counts(blobs, size, new, new_size, damaged)


async def _size(work: Work, named: Named) -> int | None:
    """None where the vault has lost it."""
    try:
        blob = await work.at.store.open(named.blob)
    except (NotFound, StorageFailed):
        return None
    await blob.close()
    return blob.size


async def _total(work: Work) -> tuple[int, int]:
    """About as many blobs, and bytes in them, as there will be."""
    count = size = 0
    listed = work.at.store.entries()
    async for it in listed:
        count, size = count + 1, size + it.size
    return count, size


async def learn(work: Work) -> None:
    """Takes down what the repository has. Raises StorageFailed."""
    await taken_down(work.repository.depot.shelf, work.had, under=OBJECTS)
    snapshots = await work.repository.snapshots()
    if snapshots:
        held: list[Entry] = []
        async for it in work.repository.listed(snapshots[-1][1]):
            held.append(it)
            if len(held) >= _LINES:
                work.known.note(held)
                held = []
        work.known.note(held)


async def _gathered(work: Work, rows: Database, target: Path) -> _Round:
    done = _Round()
    with target.open("w", encoding="ascii") as file:
        async for some in handfuls(_every(rows), _sign):
            found = await asyncio.gather(*(_one(work, *it, done=done) for it in some))
            file.writelines(line(it) for it in found if it is not None)
    return done


async def _every(rows: Database) -> AsyncIterator[tuple[Holding, Named]]:
    async for holding in holdings(rows):
        for it in holding.named():
            yield holding, it


def _sign(it: tuple[Holding, Named]) -> str:
    """The same bytes again are not new, which shows only one after the other."""
    return it[1].sha256 or it[1].blob


async def _one(work: Work, holding: Holding, named: Named, *, done: _Round) -> Entry | None:
    """The blob, once the repository has its bytes; None where it went, or is damaged."""
    try:
        found = await _had(work, holding, named) or await _copied(work, holding, named)
    except (NotFound, Changed) as reason:
        if await _still(work.at.db, holding, named):
            done.damaged.append((named.blob, str(reason)))
        else:
            done.gone += 1
        return None
    done.blobs += 1
    done.bytes += found.size
    work.watch.done(found.size)
    return found


async def _had(work: Work, holding: Holding, named: Named) -> Entry | None:
    """The blob where the repository has its bytes already."""
    there = _there(work, named)
    if there is None:
        return None
    sha256 = there.key.rpartition("/")[2]
    known = work.known.find(named.blob)
    expected = known.size if known and known.sha256 == sha256 else named.size
    if expected is not None and there.size != expected:
        await work.repository.forget(sha256)  # cut short by a disk; the vault has it whole
        return None
    if _is_unproved(holding, named) and not await _gives_back(work, holding, sha256):
        return None
    return Entry(named.blob, there.size, sha256=sha256)


def _is_unproved(holding: Holding, named: Named) -> bool:
    """Whether it is a pack of which no row tells the hash."""
    return named.part is Part.ORIGINAL and holding.media.packed and named.sha256 is None


async def _gives_back(work: Work, holding: Holding, sha256: str) -> bool:
    """Whether the pack that the repository has is whole: it may have been damaged when it came."""
    packer = work.at.audio.packer
    try:
        await demand_original(await work.repository.open(sha256), holding.media, packer=packer)
    except (NotFound, Damaged):
        return False
    return True


def _there(work: Work, named: Named) -> Entry | None:
    """The object of a blob whose hash is told by its row or by the last list."""
    known = work.known.find(named.blob)
    sha256 = named.sha256 or (known.sha256 if known else None)
    return work.had.find(object_key(sha256)) if sha256 else None


async def _copied(work: Work, holding: Holding, named: Named) -> Entry:
    """Raises NotFound and Changed for the vault's fault, StorageFailed for the repository's."""
    try:
        sha256 = named.sha256 or await _proved(work, holding, named)
        source = await work.at.store.open(named.blob)
    except StorageFailed as error:
        raise Changed(str(error)) from error
    there = work.had.find(object_key(sha256))
    if there is not None and there.size == source.size:  # known by its hash alone
        await source.close()
        return Entry(named.blob, there.size, sha256=sha256)
    size = await work.repository.keep(sha256, pieces(source))
    beside = work.had.find(object_key(sha256))  # others with the same bytes may have come
    if beside is None or beside.size != size:
        work.had.note([Entry(object_key(sha256), size)])
        work.fresh.blobs += 1
        work.fresh.bytes += size
    return Entry(named.blob, size, sha256=sha256)


async def _proved(work: Work, holding: Holding, named: Named) -> str:
    """The hash of bytes that no row tells; those of a pack give its original back.

    Raises NotFound, StorageFailed.
    """
    if _is_unproved(holding, named):
        pack = await work.at.store.open(named.blob)
        await demand_original(pack, holding.media, packer=work.at.audio.packer)
    return await sha256_of(await work.at.store.open(named.blob))


async def _still(db: Database, holding: Holding, named: Named) -> bool:
    async with db.read() as tx:
        now = await tx.kept.of(holding.account, holding.media.id)
    return now is not None and named.blob in {it.blob for it in now.named()}


def _counts(work: Work, done: _Round) -> Counts:
    fresh = work.fresh
    return Counts(done.blobs, done.bytes, fresh.blobs, fresh.bytes, len(done.damaged))


async def _database(work: Work) -> DatabaseCopy:
    """In pieces of one size: pages stay where they are, so most pieces are there already."""
    digest, size, objects = hashlib.sha256(), 0, []
    with (work.scratch / "database").open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            digest.update(chunk)
            size += len(chunk)
            objects.append(await _object(work, chunk))
    return DatabaseCopy(size, digest.hexdigest(), tuple(objects))


async def _lists(work: Work) -> AsyncIterator[str]:
    with (work.scratch / "list").open("rb") as file:
        while lines := file.readlines(_LINES * 128):
            yield await _object(work, b"".join(lines))


async def _object(work: Work, data: bytes) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    there = work.had.find(object_key(sha256))
    if there is not None and there.size != len(data):
        await work.repository.forget(sha256)
        there = None
    if there is None:
        await work.repository.keep_bytes(data)
    return sha256
