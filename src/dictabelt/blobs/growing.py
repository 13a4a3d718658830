"""Reading a file while it is still being written."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Final

from dictabelt.blobs.faults import storage_failed
from dictabelt.blobs.threads import in_thread
from dictabelt.core.ports import Blob, Bytes, Stored

_UNNAMED: Final = Path("a file in the making")


class Tide:
    """How much of a file is there: told in the writer's thread, waited for on the loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._risen = asyncio.Event()
        self.handle: int | None = None
        self.size = 0

    def rise(self, handle: int, size: int) -> None:
        """From any thread: the file behind `handle` holds `size` bytes."""
        if self.handle is None:
            self.handle = os.dup(handle)
        self._loop.call_soon_threadsafe(self._tell, size)

    async def above(self, size: int) -> None:
        """Returns once there are more than `size` bytes."""
        while self.size <= size:
            await self._risen.wait()

    def ebb(self) -> None:
        """Nobody opens it any more."""
        handle, self.handle = self.handle, None
        if handle is not None:
            os.close(handle)

    def _tell(self, size: int) -> None:
        self.size = size
        self._risen.set()
        self._risen = asyncio.Event()


class Growing:
    """Implements `Growth`: the work goes on whoever reads, until it is done or cancelled."""

    def __init__(
        self,
        work: Callable[[Tide], Coroutine[None, None, Stored]],
        *,
        reopen: Callable[[], Awaitable[Blob]],
    ) -> None:
        self._tide = Tide()
        self._task = asyncio.ensure_future(work(self._tide))
        self._task.add_done_callback(self._over)
        self._reopen = reopen

    async def begun(self) -> None:
        """Returns once there are bytes. Raises what kept them from coming."""
        await self.wait(0)

    async def open(self) -> Bytes:
        """A reader of what is there and of what comes. Raises StorageFailed or NotFound."""
        if self._task.done() or self._tide.handle is None:
            await asyncio.shield(self._task)
            return await self._reopen()
        return _Reader(self, os.dup(self._tide.handle))

    async def stored(self) -> Stored:
        """Returns once all of it is kept; cancelling this cancels the work. Raises its failure."""
        return await self._task

    async def wait(self, offset: int) -> int:
        """How many bytes there are, once they are more than `offset` or all. Raises the failure."""
        rising = asyncio.ensure_future(self._tide.above(offset))
        try:
            await asyncio.wait({rising, self._task}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            rising.cancel()
        return (await asyncio.shield(self._task)).size if self._task.done() else self._tide.size

    def _over(self, task: "asyncio.Task[Stored]") -> None:
        self._tide.ebb()
        with suppress(asyncio.CancelledError):
            task.exception()  # readers may be gone; asyncio would log what nobody reads


class _Reader:
    """Implements `Bytes` over a file that grows."""

    def __init__(self, growing: Growing, handle: int) -> None:
        self._growing = growing
        self._handle = handle
        self._closed = False

    async def read(self, offset: int, length: int) -> bytes:
        """At least one byte, but at the end. Raises what ended the writing, or StorageFailed."""
        there = await self._growing.wait(offset)
        wanted = min(length, there - offset)
        if wanted <= 0:
            return b""
        try:
            return await in_thread(os.pread, self._handle, wanted, offset)
        except OSError as error:
            raise storage_failed(error, _UNNAMED) from error

    async def close(self) -> None:
        """Lets the file go, not the work on it."""
        if not self._closed:
            self._closed = True
            os.close(self._handle)
