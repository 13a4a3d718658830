"""Reads the audio of a WAV whose layout is known, block by block, without FFmpeg."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from dictabelt.audio.g711 import alaw_table, mulaw_table
from dictabelt.audio.riff import Layout
from dictabelt.audio.samples import Block, to_s16

BLOCK = 64 * 1024
"""Samples per channel in one block; memory does not grow with the file."""

Decoder = Callable[[bytes], NDArray[np.int16]]


def _of_type(name: str) -> Decoder:
    return lambda raw: to_s16(np.frombuffer(raw, name).astype(np.dtype(name).newbyteorder("=")))


def _by_table(table: NDArray[np.int16]) -> Decoder:
    return lambda raw: table[np.frombuffer(raw, np.uint8)]


def _from_s24(raw: bytes) -> NDArray[np.int16]:
    upper = np.frombuffer(raw, np.uint8).reshape(-1, 3)[:, 1:]
    return np.ascontiguousarray(upper).view("<i2").ravel().astype(np.int16)


_DECODERS: Mapping[str, Decoder] = MappingProxyType(
    {
        "pcm_u8": _of_type("u1"),
        "pcm_s16le": _of_type("<i2"),
        "pcm_s24le": _from_s24,
        "pcm_s32le": _of_type("<i4"),
        "pcm_f32le": _of_type("<f4"),
        "pcm_f64le": _of_type("<f8"),
        "pcm_mulaw": _by_table(mulaw_table()),
        "pcm_alaw": _by_table(alaw_table()),
    }
)


_WIDTHS: Mapping[str, int] = MappingProxyType(
    {
        "pcm_u8": 1,
        "pcm_s16le": 2,
        "pcm_s24le": 3,
        "pcm_s32le": 4,
        "pcm_f32le": 4,
        "pcm_f64le": 8,
        "pcm_mulaw": 1,
        "pcm_alaw": 1,
    }
)


def frame_size(codec: str, channels: int) -> int:
    """Bytes of one sample of every channel."""
    return _WIDTHS[codec] * channels


def decoded(raw: bytes, codec: str, *, channels: int) -> Block:
    """The audio of whole frames."""
    return _DECODERS[codec](raw).reshape(-1, channels)


def read_blocks(file: BinaryIO, layout: Layout) -> Iterator[Block]:
    """All audio of `layout`, whose codec is not None; ends early if the file shrank meanwhile."""
    decode = _DECODERS[layout.codec or ""]
    file.seek(layout.offset)
    left = layout.length
    while left:
        raw = file.read(min(left, BLOCK * layout.frame))
        whole = len(raw) - len(raw) % layout.frame
        if not whole:
            return
        left -= whole
        yield decode(raw[:whole]).reshape(-1, layout.channels)
