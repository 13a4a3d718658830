"""The original of a pack: any bytes of it, from the frames around them alone.

Frames are decoded in this process, unlike those of strangers' files: a pack was written
by this program, and proved by the original's hash before it took the original's place.
What a disk may have done to it since is found by the sums in it.
"""

import asyncio
from bisect import bisect_right
from concurrent.futures import Executor
from dataclasses import dataclass

from dictabelt.audio import flac, flac_metadata
from dictabelt.audio.flac import DEPTHS, width
from dictabelt.audio.flac_metadata import Info, Metadata
from dictabelt.audio.pack import PIECE
from dictabelt.audio.stored import exactly
from dictabelt.core.errors import Damaged
from dictabelt.core.media import Signal
from dictabelt.core.ports import Blob

_HEAD = 64 * 1024
# Noise may take more room as FLAC than as PCM, by some bytes a frame.
_SLACK = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Piece:
    """Samples `first` to `last`, in bytes `start` to `end` of the pack."""

    first: int
    last: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """The original: `head`, the audio in `pieces`, `tail`."""

    signal: Signal
    info: bytes
    head: bytes
    tail: bytes
    pieces: tuple[_Piece, ...]

    @property
    def audio(self) -> int:
        """Bytes of audio."""
        return self.signal.samples * width(self.signal)


class Unpacked:
    """Implements `Blob`: the original as it came."""

    def __init__(self, source: Blob, plan: _Plan, *, pool: Executor) -> None:
        self._source = source
        self._plan = plan
        self._pool = pool
        self._starts = [it.first * width(plan.signal) for it in plan.pieces]
        # Who reads on wants the rest of the piece in which the last read ended.
        self._last: tuple[int, bytes] | None = None
        self._turn = asyncio.Lock()

    @property
    def size(self) -> int:
        return len(self._plan.head) + self._plan.audio + len(self._plan.tail)

    async def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes, of one piece of audio at most. Raises StorageFailed."""
        plan, end = self._plan, offset + length
        if offset < len(plan.head):
            return plan.head[offset:end]
        offset, end = offset - len(plan.head), end - len(plan.head)
        if offset >= plan.audio:
            return plan.tail[offset - plan.audio : end - plan.audio]
        number = bisect_right(self._starts, offset) - 1
        piece = await self._piece(number)
        start = self._starts[number]
        return piece[offset - start : end - start]

    async def close(self) -> None:
        await self._source.close()

    async def _piece(self, number: int) -> bytes:
        async with self._turn:
            if self._last is None or self._last[0] != number:
                it = self._plan.pieces[number]
                frames = await self._frames(it)
                loop = asyncio.get_running_loop()
                self._last = (
                    number,
                    await loop.run_in_executor(self._pool, self._decode, it, frames),
                )
            return self._last[1]

    async def _frames(self, it: _Piece) -> bytes:
        try:
            return await exactly(self._source, it.start, length=it.end - it.start)
        except EOFError as end:
            raise _damaged("it ends too early") from end

    def _decode(self, it: _Piece, frames: bytes) -> bytes:
        try:
            found = flac.decode(frames, self._plan.info, signal=self._plan.signal)
        except ValueError as error:
            raise _damaged(str(error)) from error
        if len(found) != (it.last - it.first) * width(self._plan.signal):
            raise _damaged("frames of another length")
        return found


async def unpack(source: Blob, signal: Signal, *, size: int, pool: Executor) -> Unpacked:
    """The original of `size` bytes, whose pack is `source`; closing it closes that.

    Raises StorageFailed for a damaged pack, and then `source` is closed.
    """
    try:
        head = await _head(source)
        metadata = flac_metadata.read(head)
        plan = _plan(metadata, signal, size=size, packed=range(len(head), source.size))
    except ValueError as error:
        await source.close()
        raise _damaged(str(error)) from error
    except BaseException:
        await source.close()
        raise
    return Unpacked(source, plan, pool=pool)


async def _head(source: Blob) -> bytes:
    """All that stands before the first frame. Raises ValueError, StorageFailed."""
    head = b""
    while (length := flac_metadata.length(head)) is None:
        more = await source.read(len(head), max(_HEAD, len(head)))
        if not more:
            raise ValueError("it ends too early")
        head += more
    return head[:length]


def _plan(metadata: Metadata, signal: Signal, *, size: int, packed: range) -> _Plan:
    """Raises ValueError when the pack is not of that original."""
    depth = DEPTHS.get(signal.codec)
    bits = 0 if depth is None else depth.bits
    known = Info(signal.sample_rate, signal.channels, bits, signal.samples)
    if flac_metadata.read_info(metadata.info) != known:
        raise ValueError("audio of another shape")
    beside = b"".join(metadata.foreign)
    padding = size - signal.samples * width(signal) - len(beside)
    if padding not in (0, 1) or signal.offset is None:
        raise ValueError("an original of another size")
    tail = bytes(padding) + beside[signal.offset :]
    pieces = _pieces(metadata, signal, packed)
    return _Plan(signal, metadata.info, beside[: signal.offset], tail, pieces)


def _pieces(metadata: Metadata, signal: Signal, packed: range) -> tuple[_Piece, ...]:
    """Raises ValueError when the seek points do not lead from one end to the other."""
    firsts = [*(it.sample for it in metadata.points), signal.samples]
    starts = [*(packed.start + it.offset for it in metadata.points), packed.stop]
    found = tuple(map(_Piece, firsts, firsts[1:], starts, starts[1:]))
    if (firsts[0], starts[0]) != (0, packed.start) or not all(map(_is_sound, found)):
        raise ValueError("frames of another length")
    return found


def _is_sound(it: _Piece) -> bool:
    return it.first < it.last and it.start < it.end <= it.start + PIECE + _SLACK


def _damaged(how: str) -> Damaged:
    failure = Damaged("a packed original is damaged; bring it back from a backup")
    failure.add_note(how)
    return failure
