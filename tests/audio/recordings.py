"""Recordings made on the spot: noise and tones, in any format PyAV or a few lines can write."""

import io
import struct
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from dictabelt.audio import lame
from dictabelt.audio.engine import Engine
from dictabelt.audio.limits import Limits
from dictabelt.audio.samples import Block
from dictabelt.core.media import Form, Signal, Variant

DEMO = Path(__file__).parents[2] / "src" / "dictabelt" / "demo_data"
PCM, MULAW, EXTENSIBLE = 1, 7, 0xFFFE
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


def noise(samples: int, channels: int = 1) -> Block:
    """Band-limited noise, another one in every channel: nothing lines up with it but itself."""
    rough = np.random.default_rng(samples).standard_normal((samples + 8, channels)) * 3000
    smooth = sum(rough[start : start + samples] for start in range(8)) / 4
    return np.ascontiguousarray(smooth, np.int16)


def tone(pitch: float, seconds: float, rate: int = 8000) -> Block:
    """A mono sine."""
    time = np.arange(round(seconds * rate)) / rate
    return (9000 * np.sin(2 * np.pi * pitch * time)).astype(np.int16).reshape(-1, 1)


def level(heard: Block, pitch: float, rate: int) -> float:
    """How loud `pitch` is in a mono block, in dB of any reference."""
    spectrum = np.abs(np.fft.rfft(heard.ravel() * np.hanning(heard.size)))
    place = round(pitch * heard.size / rate)
    return float(20 * np.log10(spectrum[place - 2 : place + 3].max() + 1e-9))


def chunk(name: bytes, body: bytes) -> bytes:
    """A RIFF chunk with its pad byte."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def format_chunk(
    *, tag: int = PCM, channels: int = 1, rate: int = 8000, bits: int = 16, more: bytes = b""
) -> bytes:
    """A true format chunk; `more` is what follows its first 16 bytes."""
    frame = channels * bits // 8
    return chunk(
        b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits) + more
    )


def riff(*chunks: bytes, size: int | None = None, form: bytes = b"RIFF") -> bytes:
    """A WAV of `chunks`; a `size` given is a lie."""
    body = b"WAVE" + b"".join(chunks)
    return form + struct.pack("<I", len(body) if size is None else size) + body


def wav(audio: Block, rate: int = 8000) -> bytes:
    """The 44-byte header and 16-bit PCM."""
    header = format_chunk(channels=audio.shape[1], rate=rate)
    return riff(header, chunk(b"data", audio.astype("<i2").tobytes()))


def written(
    path: Path, audio: Block, *, rate: int, codec: str, options: dict[str, str] | None = None
) -> Path:
    """`audio` encoded by PyAV in the container that the ending of `path` names."""
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate, options=options)
        assert isinstance(stream, AudioStream)
        stream.layout = _LAYOUTS[audio.shape[1]]
        for frame in _frames(audio, rate):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _frames(audio: Block, rate: int) -> Iterable[AudioFrame]:
    for start in range(0, len(audio), 4000):
        packed = np.ascontiguousarray(audio[start : start + 4000]).reshape(1, -1)
        frame = AudioFrame.from_ndarray(packed, format="s16", layout=_LAYOUTS[audio.shape[1]])
        frame.sample_rate, frame.pts = rate, start
        yield frame


def heard(data: bytes) -> Block:
    """What PyAV, left to itself, plays of `data`."""
    with av.open(io.BytesIO(data), "r") as container:
        blocks = [_as_s16(frame) for frame in container.decode(audio=0)]
    return np.concatenate(blocks)


def _as_s16(frame: AudioFrame) -> Block:
    raw: Any = frame.to_ndarray()
    columns = raw.T if frame.format.is_planar else raw.reshape(-1, frame.layout.nb_channels)
    if columns.dtype.kind == "f":
        columns = np.clip(columns * 32768, -32768, 32767)
    return np.ascontiguousarray(columns, np.int16)


@cache
def engine(**limits: Any) -> Engine:
    """The engine under test: one for all tests, for it starts a process to decode in."""
    return Engine(lame.load(), Limits(**limits))


def rendered(path: Path, form: Form) -> tuple[Signal, bytes]:
    """What the engine measures and what it writes."""
    out = io.BytesIO()
    signal = engine().probe(path)
    engine().render(path, signal, variant=Variant(form), write=out.write)
    return signal, out.getvalue()
