"""Bytes on their way into an object store: in one request, or in parts that count together."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError

from dictabelt.blobs.pipe import Pipe, batches
from dictabelt.blobs.places import Store
from dictabelt.blobs.store_faults import store_failed, store_refusals
from dictabelt.blobs.threads import in_thread
from dictabelt.core.errors import Conflict, StorageFailed
from dictabelt.core.ports import Stored

SMALL: Final = 2 * 1024 * 1024
PART: Final = 8 * 1024 * 1024
AT_ONCE: Final = 3
_TRIES: Final = 3
_RETRIED_SECONDS: Final = 30
_MARK: Final = "dictabeltput"  # Azure: a C# identifier; some proxies drop a field with "_"
_TAKEN: Final = "these bytes are kept already and never change"


@dataclass(slots=True)
class Sending:
    """One put of one key.

    Its mark, kept with the object, tells an object of its own from that of another: the answer
    to a request that did its work may get lost, and made again the request meets its own work.
    """

    store: Store
    key: str
    _mark: str = field(default_factory=lambda: token_hex(16))
    _size: int = 0

    async def send(self, chunks: AsyncIterator[bytes]) -> Stored:
        """All of `chunks` or nothing, whoever cancels. Raises Conflict or StorageFailed."""
        digest = hashlib.sha256()
        held = bytearray()
        many = batches(chunks)
        async for batch in many:
            await in_thread(digest.update, batch)
            self._size += len(batch)
            held += batch
            if len(held) > SMALL:
                await self._in_parts(held, many, digest.update)
                break
        else:
            await undone_if_cancelled(self._whole(bytes(held)), self._undo)
        return Stored(self._size, digest.hexdigest())

    async def _whole(self, data: bytes) -> None:
        """One request, refused by the store itself where the key is taken."""
        failure: Exception | None = None
        clock = asyncio.get_running_loop().time
        end = clock() + _RETRIED_SECONDS
        for count in range(_TRIES):
            if count and clock() > end:
                break
            try:
                await obstore.put_async(
                    self.store, self.key, data, mode="create", attributes={_MARK: self._mark}
                )
                return
            except AlreadyExistsError:
                if await self._mine():
                    return
                raise Conflict(_TAKEN) from None
            except (BaseError, FileNotFoundError) as error:
                failure = error  # a lost answer, maybe: asked again, the store will tell
        assert failure is not None
        raise store_failed(failure, self.key) from failure

    async def _in_parts(
        self, held: bytearray, rest: AsyncIterator[bytes], hashed: Callable[[bytes], object]
    ) -> None:
        pipe = Pipe()
        task = asyncio.ensure_future(self._drain(pipe))
        try:
            await pipe.push(bytes(held), taker=task)
            held.clear()
            async for batch in rest:
                await in_thread(hashed, batch)
                self._size += len(batch)
                await pipe.push(batch, taker=task)
            await self._refuse_taken()
            pipe.end()
            await undone_if_cancelled(task, self._undo)
        except BaseException:
            pipe.break_off()
            await waited_for(task)
            raise

    async def _drain(self, pipe: Pipe) -> None:
        """Sends what comes through the pipe; the store shows nothing before all of it is there."""
        try:
            await obstore.put_async(
                self.store,
                self.key,
                pipe,
                attributes={_MARK: self._mark},
                use_multipart=True,
                chunk_size=PART,
                max_concurrency=AT_ONCE,
            )
        except (BaseError, FileNotFoundError) as error:
            if pipe.ended and await self._mine():
                return
            raise store_failed(error, self.key) from error
        if not await self._mine():
            raise StorageFailed("the object store has not the bytes it has acknowledged")

    async def _refuse_taken(self) -> None:
        """Raises Conflict. Parts cannot ask the store itself to refuse a key that is taken."""
        with store_refusals(self.key):
            try:
                await obstore.head_async(self.store, self.key)
            except FileNotFoundError:
                return
        raise Conflict(_TAKEN)

    async def _mine(self) -> bool:
        """Whether what is under the key is what was sent, all of it. Raises StorageFailed."""
        with store_refusals(self.key):
            try:
                found = await obstore.get_async(self.store, self.key, options={"head": True})
            except FileNotFoundError:
                return False
        return found.attributes.get(_MARK) == self._mark and found.meta["size"] == self._size

    async def _undo(self) -> None:
        with suppress(BaseError, FileNotFoundError):  # too many, then, but in no row
            await obstore.delete_async(self.store, self.key)


async def undone_if_cancelled(work: Awaitable[None], undo: Callable[[], Awaitable[None]]) -> None:
    """Lets `work` end even when the caller is cancelled, and takes back what it did then."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await waited_for(task)
        if not task.cancelled() and task.exception() is None:
            await waited_for(asyncio.ensure_future(undo()))
        raise


async def waited_for(task: "asyncio.Future[None]") -> None:
    """Returns once the task is over, well or not, though the caller is cancelled meanwhile."""
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()  # asyncio would log what nobody reads
