"""Carrying: the blobs of one store are brought to another, which may have some of them already."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum

from dictabelt.core.errors import Conflict, NotFound, StorageFailed
from dictabelt.core.ports import Blob, Blobs

_PIECE = 1024 * 1024


class Fate(StrEnum):
    """What became of a blob that was to be carried."""

    COPIED = "copied"
    ALREADY = "there already"
    GONE = "gone"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Carried:
    """One blob and its size in bytes."""

    key: str
    fate: Fate
    size: int = 0


@dataclass(slots=True)
class _Heard:
    """Bytes of a blob on their way, and their hash."""

    blob: Blob
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    async def chunks(self) -> AsyncIterator[bytes]:
        offset = 0
        while piece := await self.blob.read(offset, _PIECE):
            await asyncio.to_thread(self.digest.update, piece)
            yield piece
            offset += len(piece)

    async def hash(self) -> str:
        async for _ in self.chunks():
            pass
        return self.digest.hexdigest()


async def carry(source: Blobs, target: Blobs, *, key: str) -> Carried:
    """Brings one blob over, reads it back there and compares the hashes.

    One that is there already with the same length is left, so that work cut short is taken up
    where it ended. Raises StorageFailed.
    """
    try:
        blob = await source.open(key)
    except NotFound:
        return Carried(key, Fate.GONE)  # deleted since it was listed
    try:
        before = await _size(target, key)
        if before is not None:
            return Carried(key, _fate(before, blob.size), blob.size)
        heard = _Heard(blob)
        try:
            await target.put(key, heard.chunks())
        except Conflict:
            return Carried(key, Fate.ALREADY, blob.size)  # carried by another at the same time
        return Carried(key, await _proved(target, key, heard.digest.hexdigest()), blob.size)
    finally:
        await blob.close()


async def compare(source: Blobs, target: Blobs, *, key: str) -> Carried:
    """Whether both stores have the same bytes, by their hashes. Raises NotFound, StorageFailed."""
    mine, theirs = await _hash(source, key), await _hash(target, key)
    return Carried(key, _fate(mine, theirs))


async def carried(source: Blobs, target: Blobs) -> list[Carried]:
    """All blobs of the source, carried one after the other. Raises StorageFailed."""
    keys = source.keys()
    return [await carry(source, target, key=key) async for key in keys]


async def _proved(target: Blobs, key: str, digest: str) -> Fate:
    if await _hash(target, key) == digest:
        return Fate.COPIED
    await target.delete(key)
    raise StorageFailed("the bytes came out of the new store other than they went in; try again")


async def _hash(store: Blobs, key: str) -> str:
    blob = await store.open(key)
    try:
        return await _Heard(blob).hash()
    finally:
        await blob.close()


async def _size(store: Blobs, key: str) -> int | None:
    try:
        blob = await store.open(key)
    except NotFound:
        return None
    await blob.close()
    return blob.size


def _fate(one: object, other: object) -> Fate:
    return Fate.ALREADY if one == other else Fate.DIFFERENT
