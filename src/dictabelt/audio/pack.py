"""A WAV as FLAC that gives the identical file back, by `unpack` or by `flac -d`."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from dictabelt.audio import flac, flac_metadata
from dictabelt.audio.flac import BLOCK, CHANNELS, DEPTHS, width
from dictabelt.audio.flac_metadata import Metadata, SeekPoint
from dictabelt.core.errors import Unreadable
from dictabelt.core.media import Signal

BESIDE = 1024 * 1024
"""Bytes beside the audio that are kept; they are read whole whenever a pack is opened."""
PIECE = 2 * 1024 * 1024
"""Bytes of PCM from one seek point to the next, at most."""

_POINT_SECONDS = 10
_SAMPLE_SECONDS = 30
# Bytes of metadata but for what the WAV holds itself, in a call of some minutes
_OWN = 256


def packable(signal: Signal, size: int) -> bool:
    """Whether a file of `size` bytes can be packed: WAV, PCM of 16 or 24 bits."""
    if signal.container != "wav" or signal.codec not in DEPTHS or signal.offset is None:
        return False
    beside = size - signal.samples * width(signal)
    return signal.channels in CHANNELS and signal.offset <= beside <= BESIDE


def stride(signal: Signal) -> int:
    """Frames from one seek point to the next: 10 seconds, or as many as a piece may hold."""
    samples = min(_POINT_SECONDS * signal.sample_rate, PIECE // width(signal))
    return max(1, samples // BLOCK)


def pack(path: Path, signal: Signal, *, write: Callable[[bytes], object]) -> None:
    """Writes the pack of a `packable` file piece by piece; what `write` raises passes through.

    Encodes twice: what stands before the frames tells where each of them is, `write` only
    appends, and hours of frames are not held in memory. Raises Unreadable when the file is
    not what `signal` says.
    """
    with path.open("rb") as file:
        info, points, length = _surveyed(file, signal)
        write(flac_metadata.write(Metadata(info, points, tuple(_beside(file, signal)))))
        for it in _encoded(file, signal, samples=signal.samples):
            write(it.frame)
            length -= len(it.frame)
    if length:
        raise Unreadable("the audio changed while it was packed")


def estimate(path: Path, signal: Signal) -> int:
    """About as many bytes as the pack will have, from half a minute in the middle.

    Raises Unreadable when the file is not what `signal` says.
    """
    samples = min(signal.samples, _SAMPLE_SECONDS * signal.sample_rate)
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        made = sum(len(it.frame) for it in _encoded(file, signal, samples=samples))
    beside = size - signal.samples * width(signal) + _OWN
    return beside + made * signal.samples // max(1, samples)


def _surveyed(file: BinaryIO, signal: Signal) -> tuple[bytes, tuple[SeekPoint, ...], int]:
    """STREAMINFO, the seek points, and the bytes of all frames."""
    points: list[SeekPoint] = []
    info, position, every = b"", 0, stride(signal)
    for number, it in enumerate(_encoded(file, signal, samples=signal.samples)):
        if it.info is not None:
            info = it.info
        if it.frame and number % every == 0:
            first = number * BLOCK
            points.append(SeekPoint(first, position, min(BLOCK, signal.samples - first)))
        position += len(it.frame)
    return info, tuple(points), position


def _encoded(file: BinaryIO, signal: Signal, *, samples: int) -> Iterator[flac.Encoded]:
    """So many samples from the middle, or all of them."""
    return flac.encode(_raws(file, signal, samples=samples), signal)


def _raws(file: BinaryIO, signal: Signal, *, samples: int) -> Iterator[bytes]:
    first = (signal.samples - samples) // 2
    file.seek((signal.offset or 0) + first * width(signal))
    while samples:
        count = min(BLOCK, samples)
        yield _exactly(file, count * width(signal))
        samples -= count


def _beside(file: BinaryIO, signal: Signal) -> Iterator[bytes]:
    """What the WAV holds beside its audio, in pieces; the pad byte of odd audio is not kept."""
    head = signal.offset or 0
    audio = signal.samples * width(signal)
    file.seek(0)
    yield from flac_metadata.before_audio(_exactly(file, head))
    file.seek(head + audio)
    behind = file.read()
    padded = audio % 2 == 1 and behind[:1] == b"\0"
    yield from flac_metadata.chunks(behind[1:] if padded else behind)


def _exactly(file: BinaryIO, count: int) -> bytes:
    found = file.read(count)
    if len(found) < count:
        raise Unreadable("the audio is shorter than when it was measured")
    return found
