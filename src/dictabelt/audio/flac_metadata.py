"""What a pack says before its frames: FLAC metadata blocks to bytes and back; pure.

Source: RFC 9639 section 8. What a WAV holds beside its audio is laid down as `flac
--keep-foreign-metadata` does: APPLICATION blocks "riff", the first of the 12 bytes of the
RIFF header, then one a chunk with its pad byte, of the chunk "data" the 8-byte head alone;
the pad byte behind audio of odd length is in none of them.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LARGEST = 4 * 1024**2
"""Bytes of metadata that anybody will read."""

_MARK = b"fLaC"
_STREAMINFO, _APPLICATION, _SEEKTABLE = 0, 2, 3
_LAST = 0x80
_RIFF = b"riff"
# Our own, last of all: SHA-256 of every byte before it, as nothing else guards those
_SEAL = b"dBlt"
_POINT = struct.Struct(">QQH")


@dataclass(frozen=True, slots=True)
class SeekPoint:
    """The frame that starts at a sample is so many bytes behind the first, and holds `count`."""

    sample: int
    offset: int
    count: int


@dataclass(frozen=True, slots=True)
class Info:
    """What STREAMINFO says of the audio; `samples` counts per channel."""

    rate: int
    channels: int
    bits: int
    samples: int


@dataclass(frozen=True, slots=True)
class Metadata:
    """STREAMINFO as it is, the seek points, and what the WAV holds before and behind its audio."""

    info: bytes
    points: tuple[SeekPoint, ...]
    foreign: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    kind: int
    start: int
    body: bytes


def read_info(body: bytes) -> Info:
    """Raises ValueError."""
    if len(body) != 34:
        raise ValueError("a STREAMINFO of another length")
    packed = int.from_bytes(body[10:18], "big")
    return Info(
        rate=packed >> 44,
        channels=(packed >> 41 & 7) + 1,
        bits=(packed >> 36 & 31) + 1,
        samples=packed & (1 << 36) - 1,
    )


def write(it: Metadata) -> bytes:
    """All that stands before the first frame."""
    points = b"".join(_POINT.pack(at.sample, at.offset, at.count) for at in it.points)
    blocks = [_block(_STREAMINFO, it.info), _block(_SEEKTABLE, points)]
    blocks += [_block(_APPLICATION, _RIFF + piece) for piece in it.foreign]
    sealed = _MARK + b"".join(blocks)
    return sealed + _block(_APPLICATION | _LAST, _SEAL + hashlib.sha256(sealed).digest())


def length(head: bytes) -> int | None:
    """Bytes before the first frame, or None when `head` does not reach so far.

    Raises ValueError for what is no pack.
    """
    if head[:4] != _MARK[: len(head)]:
        raise ValueError("no FLAC file")
    position = len(_MARK)
    while position + 4 <= len(head):
        kind, size = head[position], int.from_bytes(head[position + 1 : position + 4], "big")
        position += 4 + size
        if position > LARGEST:
            raise ValueError("too much metadata")
        if kind & _LAST:
            return position if position <= len(head) else None
    return None


def read(data: bytes) -> Metadata:
    """Of exactly as many bytes as `length` tells. Raises ValueError for damage."""
    blocks = list(_blocks(data))
    kinds = [it.kind for it in blocks]
    if not blocks or blocks[-1].body[:4] != _SEAL or kinds[:2] != [_STREAMINFO, _SEEKTABLE]:
        raise ValueError("no pack of this program")
    if hashlib.sha256(data[: blocks[-1].start]).digest() != blocks[-1].body[4:]:
        raise ValueError("damaged metadata")
    points = _POINT.iter_unpack(blocks[1].body)
    foreign = (it.body[4:] for it in blocks[2:] if it.body[:4] == _RIFF)
    return Metadata(blocks[0].body, tuple(SeekPoint(*it) for it in points), tuple(foreign))


def chunks(data: bytes) -> Iterator[bytes]:
    """RIFF chunks one by one, each with its pad byte; what is none comes last, as it is."""
    position = 0
    while position < len(data):
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        end = position + 8 + size + size % 2
        yield data[position:end]
        position = end


def before_audio(head: bytes) -> Iterable[bytes]:
    """What stands before the audio of a WAV, cut as `flac` does."""
    return (head[:12], *chunks(head[12:-8]), head[-8:])


def _block(kind: int, body: bytes) -> bytes:
    return struct.pack(">I", kind << 24 | len(body)) + body


def _blocks(data: bytes) -> Iterator[_Block]:
    position = len(_MARK)
    while position < len(data):
        kind, size = (
            data[position] & ~_LAST,
            int.from_bytes(data[position + 1 : position + 4], "big"),
        )
        yield _Block(kind, position, data[position + 4 : position + 4 + size])
        position += 4 + size
