"""From a loop that makes bytes to a client library that takes them, one piece at a time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

_BATCH: Final = 1024 * 1024


async def batches(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces of about a MiB."""
    held: list[bytes] = []
    size = 0
    async for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= _BATCH:
            yield b"".join(held)
            held, size = [], 0
    if size:
        yield b"".join(held)


class BrokenOff(Exception):
    """Whoever made the bytes gave up; what came is not the whole."""


class Pipe:
    """An asynchronous iterator for the taker; the maker pushes, then ends it or breaks it off."""

    def __init__(self) -> None:
        self._piece: bytes | None = None
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._broken = False
        self.ended = False

    async def push(self, piece: bytes, *, taker: "asyncio.Future[None]") -> None:
        """Returns once there is room for it. Raises what ended the taker."""
        room = asyncio.ensure_future(self._room.wait())
        either: set[asyncio.Future[Any]] = {room, taker}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            room.cancel()
        if taker.done():
            taker.result()
            raise BrokenOff("the taker left before the end")
        self._piece = piece
        self._room.clear()
        self._news.set()

    def end(self) -> None:
        """That was all."""
        self.ended = True
        self._news.set()

    def break_off(self) -> None:
        """The taker's next step raises BrokenOff, unless the pipe has ended."""
        self._broken = not self.ended
        self._news.set()

    def __aiter__(self) -> "Pipe":
        return self

    async def __anext__(self) -> bytes:
        await self._news.wait()
        if self._broken:
            raise BrokenOff("the bytes did not all come")
        piece, self._piece = self._piece, None
        if piece is None:
            raise StopAsyncIteration
        self._room.set()
        if not self.ended:
            self._news.clear()
        return piece
