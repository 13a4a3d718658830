"""WAV files of every coding and of every known lie, small: what the fuzzer starts from."""

import struct
from collections.abc import Iterable

from audio.recordings import EXTENSIBLE, chunk, format_chunk, riff

CODINGS = [(1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64), (6, 8), (7, 8)]
UNKNOWN = 0xFFFFFFFF
AUDIO = bytes(range(7, 151, 3))
LIST = chunk(b"LIST", b"INFOISFT\x05\0\0\0abcd\0\0")


def extensible(tag: int, *, bits: int, valid: int, channels: int = 1) -> bytes:
    """A WAVE_FORMAT_EXTENSIBLE format chunk."""
    guid = struct.pack("<H", tag) + bytes.fromhex("000000001000800000aa00389b71")
    more = struct.pack("<HHI", 22, valid, 0) + guid
    return format_chunk(tag=EXTENSIBLE, bits=bits, channels=channels, more=more)


def loose(*, bits: int, align: int, channels: int = 1) -> bytes:
    """The format chunk of PCM whose samples of `bits` do not fill `align` bytes a frame."""
    return chunk(b"fmt ", struct.pack("<HHIIHH", 1, channels, 8000, 8000 * align, align, bits))


def data_of(audio: bytes, size: int) -> bytes:
    """A data chunk that says `size`, without a pad byte."""
    return b"data" + struct.pack("<I", size) + audio


def wide(
    header: bytes, audio: bytes, *, form: bytes = b"RF64", lie: int = 0, after: bytes = b""
) -> bytes:
    """RF64 or BW64; its 64-bit sizes are `lie` too large."""
    rest = header + data_of(audio, UNKNOWN) + after
    sizes = struct.pack("<QQQI", 4 + 36 + len(rest) + lie, len(audio) + lie, 0, 0)
    return riff(chunk(b"ds64", sizes), rest, size=UNKNOWN, form=form)


def waves() -> Iterable[bytes]:
    """All of them."""
    yield from _true()
    yield from _odd()
    yield from _lying()


def _true() -> Iterable[bytes]:
    for tag, bits in CODINGS:
        for header in (
            format_chunk(tag=tag, bits=bits),
            format_chunk(tag=tag, bits=bits, channels=2, more=b"\0\0"),
            extensible(tag, bits=bits, valid=bits, channels=2),
        ):
            yield riff(header, chunk(b"data", AUDIO))
    for form in (b"RF64", b"BW64"):
        yield wide(format_chunk(), AUDIO, form=form)
        yield wide(extensible(3, bits=32, valid=32), AUDIO, form=form, after=LIST)
    yield riff(LIST, chunk(b"JUNK", bytes(28)), format_chunk(), LIST, chunk(b"data", AUDIO), LIST)


def _odd() -> Iterable[bytes]:
    yield riff(extensible(1, bits=32, valid=24), chunk(b"data", AUDIO))
    yield riff(loose(bits=24, align=4), chunk(b"data", AUDIO))
    yield riff(loose(bits=20, align=6, channels=2), chunk(b"data", AUDIO))
    yield riff(format_chunk(tag=2, bits=4), chunk(b"data", AUDIO))
    yield riff(format_chunk(), b"junk\x03\0\0\0abc", chunk(b"data", AUDIO))
    yield riff(format_chunk(bits=8), data_of(AUDIO[:41], 41) + LIST)
    yield riff(format_chunk(), chunk(b"data", b""), LIST)


def _lying() -> Iterable[bytes]:
    for size in (0, 1, 20, 47, 49, 10**6, UNKNOWN - 1, UNKNOWN):
        yield riff(format_chunk(), data_of(AUDIO, size))
        yield riff(format_chunk(), data_of(AUDIO, size), size=size)
        yield riff(format_chunk(), b"junk" + struct.pack("<I", size), data_of(AUDIO, 48))
        yield wide(format_chunk(), AUDIO, lie=size)
        yield riff(format_chunk(), data_of(AUDIO, size), size=UNKNOWN, form=b"BW64")
    whole = riff(format_chunk(), LIST, chunk(b"data", AUDIO), LIST)
    yield from (whole[:end] for end in range(12, len(whole), 13))
