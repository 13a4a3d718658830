"""The object store: one immutable object a key, in a bucket that many processes share."""

import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, cast

import obstore
from obstore.exceptions import BaseError

from dictabelt.blobs.aside import Aside, Grown, nobody, sweep
from dictabelt.blobs.faults import refusals, storage_failed
from dictabelt.blobs.folders import Folders
from dictabelt.blobs.growing import Growing, Tide
from dictabelt.blobs.keys import checked, is_key
from dictabelt.blobs.places import Place, Store, client_of
from dictabelt.blobs.ranged import ObjectBlob
from dictabelt.blobs.sending import Sending
from dictabelt.blobs.sink import Sink
from dictabelt.blobs.store_faults import store_failed, store_refusals
from dictabelt.blobs.threads import in_thread
from dictabelt.core.errors import NotFound, StorageFailed
from dictabelt.core.inventory import Entry
from dictabelt.core.ports import Stored

_EARLY: Final = 64 * 1024  # somebody waits for the first bytes
_PIECE: Final = 1024 * 1024
_LISTED: Final = 1000
_SPARE: Final = 64 * 1024 * 1024
_MISSING: Final = "the bytes are not there"


class ObjectBlobs:
    """Implements `Blobs` in S3 and its like, Google Cloud Storage and Azure.

    A key is written once: a second put of it raises Conflict. `spool` is a folder on this
    machine's disk for what is being written or must be a file to be decoded.
    """

    def __init__(self, place: Place, spool: Path) -> None:
        """Raises ValueError for a place that is none."""
        self._store: Store = client_of(place)
        self._spool = spool.absolute()
        self._folders = Folders(self._spool)

    async def prepare(self) -> None:
        """Makes the spool folder (its parent must be there) and asks for the bucket.

        Raises StorageFailed that says what to do.
        """
        with refusals(self._spool):
            self._spool.mkdir(mode=0o700, exist_ok=True)
        await self._demand_bucket()

    async def sweep(self, *, before: datetime) -> int:
        """Removes what writers on this machine that are gone left before `before`; how many.

        Parts that never became an object are the bucket's to remove, by a lifecycle rule.
        Raises StorageFailed.
        """
        with refusals(self._spool):
            return await in_thread(sweep, self._spool, before.timestamp())

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> Stored:
        """All or nothing. Raises Conflict or StorageFailed."""
        return await Sending(self._store, checked(key)).send(chunks)

    async def fill(self, key: str, write: Callable[[BinaryIO], None]) -> Stored:
        """Like `put`, of what `write` appends to its file; cancelled, the next append raises.

        What `write` raises goes on to the caller. Raises Conflict or StorageFailed.
        """
        checked(key)
        async with self._aside() as aside:
            return await self._fill(key, write, aside=aside, sink=Sink(aside))

    def grow(self, key: str, write: Callable[[BinaryIO], None]) -> Growing:
        """Like `fill`, begun at once; its bytes can be read here as they come."""

        async def work(tide: Tide) -> Stored:
            async with self._aside(tide.rise) as aside:
                return await self._fill(key, write, aside=aside, sink=Sink(aside, _EARLY))

        return Growing(work, reopen=lambda: self.open(key))

    async def _fill(
        self, key: str, write: Callable[[BinaryIO], None], *, aside: Aside, sink: Sink
    ) -> Stored:
        await in_thread(write, cast(BinaryIO, sink), stop=sink.stop)
        handle, written = await in_thread(aside.finish, sink.rest())
        sent = await self.put(key, _pieces(handle))
        if sent != written:
            await self.delete(key)
            raise StorageFailed("the spooled bytes changed on the disk; look at its health")
        return sent

    async def open(self, key: str) -> ObjectBlob:
        """Raises NotFound or StorageFailed."""
        try:
            found = await obstore.head_async(self._store, checked(key))
        except FileNotFoundError as error:
            await self._demand_bucket()
            raise NotFound(_MISSING) from error
        except BaseError as error:
            raise store_failed(error, key) from error
        return ObjectBlob(self._store, key, size=found["size"])

    @asynccontextmanager
    async def local(self, key: str) -> AsyncIterator[Path]:
        """A copy on this machine's disk, gone when the context ends.

        Raises NotFound or StorageFailed, also where the disk has no room for it.
        """
        blob = await self.open(key)
        try:
            with refusals(self._spool):
                await in_thread(self._demand_room, blob.size)
            async with self._aside() as aside:
                await self._copy(blob, aside)
                yield await in_thread(aside.named)
                await in_thread(aside.discard)
        finally:
            await blob.close()

    async def delete(self, key: str) -> None:
        """Forgets the key for good; a missing one is no error. Raises StorageFailed."""
        with store_refusals(key), suppress(FileNotFoundError):
            await obstore.delete_async(self._store, checked(key))

    async def keys(self) -> AsyncIterator[str]:
        """Every key, in no order; those put or deleted meanwhile may or may not show.

        Raises StorageFailed.
        """
        listed = self.entries()
        async for it in listed:
            yield it.key

    async def entries(self, under: str = "") -> AsyncIterator[Entry]:
        """As `keys`, with size and time of the last write; of the folder `under` alone."""
        with store_refusals("list"):
            async for some in obstore.list(self._store, under or None, chunk_size=_LISTED):
                for it in [it for it in some if is_key(it["path"])]:
                    yield Entry(it["path"], it["size"], it["last_modified"])

    @asynccontextmanager
    async def _aside(self, grown: Grown = nobody) -> AsyncIterator[Aside]:
        aside = Aside(self._spool, self._folders, grown=grown)
        try:
            yield aside
        except BaseException as error:
            if aside.failure in (None, error) or not isinstance(error, Exception):
                raise
            # a codec has dressed the disk's refusal up as an error of its own
            raise aside.failure from error
        finally:
            await in_thread(aside.discard)

    async def _copy(self, blob: ObjectBlob, aside: Aside) -> None:
        offset = 0
        while piece := await blob.read(offset, _PIECE):
            await in_thread(aside.write, piece)
            offset += len(piece)

    def _demand_room(self, size: int) -> None:
        if shutil.disk_usage(self._spool).free < size + _SPARE:
            raise StorageFailed(
                "the disk of the vault has no room for a copy of the recording to work on;"
                " free some space on the disk that holds the data folder"
            )

    async def _demand_bucket(self) -> None:
        with store_refusals("bucket"):
            await obstore.list_with_delimiter_async(self._store, "none")


async def _pieces(handle: int) -> AsyncIterator[bytes]:
    offset = 0
    while piece := await in_thread(_pread, handle, offset):
        yield piece
        offset += len(piece)


def _pread(handle: int, offset: int) -> bytes:
    try:
        return os.pread(handle, _PIECE, offset)
    except OSError as error:
        raise storage_failed(error, Path("a spooled file")) from error
