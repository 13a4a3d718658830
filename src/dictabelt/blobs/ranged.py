"""Reading a kept object by ranges, and a little ahead of a reader who goes straight on."""

import asyncio
from dataclasses import dataclass
from typing import Final

import obstore
from obstore.exceptions import BaseError

from dictabelt.blobs.places import Store
from dictabelt.blobs.store_faults import store_failed
from dictabelt.core.errors import NotFound, StorageFailed

AHEAD: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Window:
    """Bytes of the object from `start` on."""

    start: int
    data: bytes

    @property
    def end(self) -> int:
        return self.start + len(self.data)


class ObjectBlob:
    """An object of a known size. Not a copy of it: once its key is deleted, reads fail.

    A read that begins where the last one ended, or within it, makes the blob fetch a MiB at a
    time, and the next before it is asked for; others fetch what they ask for.
    """

    def __init__(self, store: Store, key: str, *, size: int) -> None:
        self._store = store
        self._key = key
        self._size = size
        self._window = _Window(0, b"")
        self._coming: tuple[int, asyncio.Task[bytes]] | None = None
        self._straight = asyncio.Lock()
        self._closed = False

    @property
    def size(self) -> int:
        return self._size

    async def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes, or what is left before the end.

        Raises NotFound once the key is deleted, StorageFailed, and ValueError once closed.
        """
        if self._closed:
            raise ValueError("read of a closed blob")
        end = min(offset + length, self._size)
        if end <= offset:
            return b""
        window = self._window
        if window.data and window.start <= offset <= window.end:
            async with self._straight:
                return await self._read_on(offset, end)
        data = await self._fetch(offset, end)
        self._window = _Window(offset, data)
        return data

    async def close(self) -> None:
        """What is under way is given up."""
        self._closed = True
        self._window = _Window(0, b"")
        self._give_up()

    async def _read_on(self, offset: int, end: int) -> bytes:
        pieces: list[bytes] = []
        while offset < end:
            window = self._window
            if not window.start <= offset < window.end:
                self._window = window = _Window(offset, await self._next(offset))
            piece = window.data[offset - window.start : end - window.start]
            pieces.append(piece)
            offset += len(piece)
        self._look_ahead(offset)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _next(self, offset: int) -> bytes:
        coming, self._coming = self._coming, None
        if coming is not None and coming[0] == offset:
            return await coming[1]
        if coming is not None:
            coming[1].cancel()
        return await self._fetch(offset, min(offset + AHEAD, self._size))

    def _look_ahead(self, offset: int) -> None:
        """Begins to fetch what follows the window, once half of that is read."""
        window = self._window
        late = offset - window.start >= len(window.data) // 2
        if self._closed or self._coming is not None or not late or window.end >= self._size:
            return
        end = min(window.end + AHEAD, self._size)
        task = asyncio.ensure_future(self._fetch(window.end, end))
        task.add_done_callback(_consume)
        self._coming = (window.end, task)

    def _give_up(self) -> None:
        coming, self._coming = self._coming, None
        if coming is not None:
            coming[1].cancel()

    async def _fetch(self, start: int, end: int) -> bytes:
        try:
            data = bytes(
                await obstore.get_range_async(self._store, self._key, start=start, end=end)
            )
        except FileNotFoundError as error:
            raise NotFound("the bytes were deleted while they were read") from error
        except BaseError as error:
            raise store_failed(error, self._key) from error
        if len(data) != end - start:
            raise StorageFailed("the object store sent fewer bytes than it has; try again")
        return data


def _consume(task: "asyncio.Task[bytes]") -> None:
    # The reader may be gone; asyncio would complain of an error that nobody read.
    if not task.cancelled():
        task.exception()
