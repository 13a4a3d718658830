"""Ogg Opus and FLAC out of samples, by FFmpeg's encoders, the same bytes each time."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from dictabelt.audio.samples import Block
from dictabelt.core.media import Form

Write = Callable[[bytes], object]

_OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)  # RFC 6716 section 2.1.3
_LAYOUTS = {1: "mono", 2: "stereo"}
# The Ogg muxer draws its serial number by lot unless it is told not to
_SAME_EACH_TIME = {"fflags": "+bitexact"}


@dataclass(frozen=True, slots=True)
class Codec:
    """How one form is encoded; `kbps` by the number of channels, where the form has a bit rate."""

    encoder: str
    container: str
    options: Mapping[str, str]
    kbps: Mapping[int, int]


CODECS: Mapping[Form, Codec] = MappingProxyType(
    {
        Form.OPUS: Codec("libopus", "ogg", {"application": "audio"}, {1: 24, 2: 40}),
        Form.FLAC: Codec("flac", "flac", {"compression_level": "5"}, {}),
    }
)


def rate(form: Form, source: int) -> int:
    """The sampling rate that is encoded: Opus knows five, the next one up loses nothing."""
    if form is not Form.OPUS:
        return source
    return next((it for it in _OPUS_RATES if it >= source), _OPUS_RATES[-1])


@dataclass(frozen=True, slots=True)
class Shape:
    """What is encoded: `samples` per channel at `rate`, one or two channels."""

    rate: int
    channels: int
    samples: int


def encode(blocks: Iterable[Block], shape: Shape, *, form: Form, write: Write) -> None:
    """Writes the whole file piece by piece; what `write` raises passes through."""
    for piece in _pieces(blocks, shape, form=form):
        if piece:
            write(piece)


def _pieces(blocks: Iterable[Block], shape: Shape, *, form: Form) -> Iterator[bytes]:
    codec = CODECS[form]
    sink = _Sink(_totalled(shape.samples) if form is Form.FLAC else _as_it_is)
    settings: Any = {"options": dict(codec.options)}
    with av.open(sink, "w", format=codec.container, options=_SAME_EACH_TIME) as container:
        stream = container.add_stream(codec.encoder, rate=shape.rate, **settings)
        assert isinstance(stream, AudioStream)
        stream.layout = _LAYOUTS[shape.channels]
        if codec.kbps:
            stream.bit_rate = codec.kbps[shape.channels] * 1000
        for frame in _frames(blocks, shape):
            container.mux(stream.encode(frame))
            yield sink.taken()
        container.mux(stream.encode(None))
    yield sink.taken()


def _frames(blocks: Iterable[Block], shape: Shape) -> Iterator[AudioFrame]:
    position = 0
    for block in blocks:
        if not len(block):
            continue
        layout = _LAYOUTS[shape.channels]
        packed = np.ascontiguousarray(block).reshape(1, -1)
        frame = AudioFrame.from_ndarray(packed, format="s16", layout=layout)
        frame.sample_rate = shape.rate
        frame.pts = position
        position += len(block)
        yield frame


class _Sink:
    """What the muxer writes to: it can only append, and its first piece may be corrected.

    It keeps the bytes until they are taken: an error that a muxer's callback
    raises comes out as one of FFmpeg's.
    """

    def __init__(self, correct: Callable[[bytes], bytes]) -> None:
        self._correct = correct
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        piece, self._correct = self._correct(bytes(data)), _as_it_is
        self._held += piece
        return len(data)

    def taken(self) -> bytes:
        """What was written since."""
        held, self._held = bytes(self._held), bytearray()
        return held

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        raise io.UnsupportedOperation(f"seek to {offset} ({whence})")


def _as_it_is(data: bytes) -> bytes:
    return data


def _totalled(samples: int) -> Callable[[bytes], bytes]:
    """Puts the sample count into STREAMINFO, without which no player knows the length.

    The muxer would go back and write it at the end, which a stream cannot
    (RFC 9639 section 8.2: 36 bits that end 18 bytes behind the block's header).
    """

    def correct(data: bytes) -> bytes:
        assert data[:4] == b"fLaC"
        fields = bytearray(data)
        packed = int.from_bytes(fields[18:26], "big")
        fields[18:26] = (packed >> 36 << 36 | samples).to_bytes(8, "big")
        return bytes(fields)

    return correct
