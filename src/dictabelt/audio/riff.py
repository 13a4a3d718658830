"""Reads the header of WAV, RF64 and BW64 files and believes as little of it as it can.

Sources: Microsoft and IBM "Multimedia Programming Interface and Data Specifications
1.0" (RIFF), EBU Tech 3306 (RF64), ITU-R BS.2088 (BW64).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from dictabelt.audio.wave_format import Coding, parse_coding
from dictabelt.core.errors import Unreadable

MAX_CHUNKS = 250_000
"""Chunks looked at before the audio; a walk over so many takes a third of a second."""

_UNKNOWN = 0xFFFFFFFF
_FORMS = (b"RIFF", b"RF64", b"BW64")
_WELL_KNOWN = (b"fmt ", b"data", b"fact", b"LIST")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the audio is and how it is coded.

    `codec` is FFmpeg's name, or None for one that only FFmpeg decodes. `offset`
    and `length` are bytes within the file; `length` is whole frames. `faithful`:
    the sizes and the format chunk are true, so that who believes them finds the same
    audio. `plain`: the 44-byte header of 16-bit PCM with nothing behind the audio.
    """

    codec: str | None
    rate: int
    channels: int
    bits: int
    offset: int
    length: int
    faithful: bool
    plain: bool

    @property
    def frame(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * self.bits // 8

    @property
    def samples(self) -> int:
        """Samples per channel of a codec that is not None."""
        return self.length // self.frame


@dataclass(frozen=True, slots=True)
class _Chunk:
    """`padded`: so was every chunk of odd size before it."""

    name: bytes
    offset: int
    size: int
    padded: bool

    @property
    def end(self) -> int:
        return self.offset + self.size


@dataclass(frozen=True, slots=True)
class _Extent:
    """The claims on size and what is there: `end` of the file, `riff` and `data` claimed.

    `placed`: 64-bit sizes stand where, and only where, they belong.
    """

    end: int
    riff: int
    placed: bool
    data: int | None = None


def is_riff_wave(head: bytes) -> bool:
    """Whether the first 12 bytes announce a WAV, RF64 or BW64 file."""
    return head[:4] in _FORMS and head[8:12] == b"WAVE"


def read_layout(file: BinaryIO, size: int) -> Layout:
    """The layout of a `file` of `size` bytes whose head `is_riff_wave`.

    The work is bounded whatever the input. Raises Unreadable in plain words.
    """
    form, riff, _ = struct.unpack("<4sI4s", _read(file, 0, 12))
    extent = _Extent(size, riff, placed=form == b"RIFF")
    coding = None
    for chunk in _chunks(file, 12, size):
        if chunk.name == b"ds64" and form != b"RIFF":
            extent = _read_ds64(file, chunk, extent)
        elif chunk.name == b"fmt " and coding is None:
            coding = _read_coding(file, chunk, size)
        elif chunk.name == b"data":
            return _layout(file, chunk, extent=extent, coding=_required(coding))
    raise Unreadable("not audio: a WAV header without a data chunk")


def _layout(file: BinaryIO, data: _Chunk, *, extent: _Extent, coding: Coding) -> Layout:
    claimed = extent.data if data.size == _UNKNOWN and extent.data is not None else data.size
    there = _true_length(file, replace(data, size=claimed), extent.end)
    length = there - there % (coding.frame if coding.codec else 1)
    faithful = length == claimed and data.padded and _is_true(extent, claimed)
    whole = (44, length, extent.riff) == (data.offset, extent.end - 44, extent.end - 8)
    return Layout(
        codec=coding.codec,
        rate=coding.rate,
        channels=coding.channels,
        bits=coding.bits,
        offset=data.offset,
        length=length,
        faithful=faithful and coding.consistent,
        plain=faithful and coding.consistent and coding.plain and whole,
    )


def _is_true(extent: _Extent, claimed: int) -> bool:
    """Whether the sizes outside the data chunk are; the last pad byte may be missing."""
    off = extent.end - (extent.riff + 8)
    return extent.placed and abs(off) <= 1 and extent.data in {None, claimed}


def _required(coding: Coding | None) -> Coding:
    if coding is None:
        raise Unreadable("not audio: a WAV header without a format chunk before the audio")
    return coding


def _true_length(file: BinaryIO, data: _Chunk, end: int) -> int:
    """Bytes of audio: as claimed if chunks or nothing follow, else all there is to the end.

    Recorders that stream, or that died, leave 0, 0xFFFFFFFF or a stale size; a
    file beyond 4 GiB leaves the size modulo 2**32.
    """
    rest = end - data.offset
    nothing_said = data.size == _UNKNOWN or (data.size == 0 and rest < 8)
    if nothing_said or data.size > rest:
        return rest
    believable = any(
        _parses_as_chunks(file, start, end) for start in {data.end, data.end + data.size % 2}
    )
    return data.size if believable else rest


def _parses_as_chunks(file: BinaryIO, start: int, end: int) -> bool:
    position = start
    for chunk in _chunks(file, start, end):
        if chunk.end > end:
            return chunk.name in _WELL_KNOWN  # torn, but no audio
        if not chunk.name.isascii() or not chunk.name.decode().isprintable():
            return False
        position = chunk.end
    return end - position < 8


def _chunks(file: BinaryIO, start: int, end: int) -> Iterator[_Chunk]:
    position, padded = start, True
    for _ in range(MAX_CHUNKS):
        if position + 8 > end:
            return
        name, size = struct.unpack("<4sI", _read(file, position, 8))
        chunk = _Chunk(name, position + 8, size, padded)
        yield chunk
        padding = _padding(file, chunk, end)
        position, padded = chunk.end + padding, padded and padding == size % 2
    raise Unreadable(f"not audio: a WAV header with more than {MAX_CHUNKS} chunks")


def _padding(file: BinaryIO, chunk: _Chunk, end: int) -> int:
    """1 after an odd size, unless the writer forgot it and a well-known chunk follows at once."""
    if chunk.size % 2 == 0 or chunk.end + 4 > end:
        return chunk.size % 2
    return 0 if _read(file, chunk.end, 4) in _WELL_KNOWN else 1


def _read_ds64(file: BinaryIO, chunk: _Chunk, extent: _Extent) -> _Extent:
    if chunk.size < 16:
        return extent
    riff, data = struct.unpack("<QQ", _read(file, chunk.offset, 16))
    claimed = riff if extent.riff == _UNKNOWN else extent.riff
    return _Extent(extent.end, claimed, placed=chunk.offset == 20, data=data)


def _read_coding(file: BinaryIO, chunk: _Chunk, end: int) -> Coding:
    return parse_coding(_read(file, chunk.offset, min(chunk.size, end - chunk.offset, 40)))


def _read(file: BinaryIO, position: int, count: int) -> bytes:
    file.seek(position)
    found = file.read(count)
    if len(found) < count:
        raise Unreadable("not audio: a torn WAV header")
    return found
