"""Recordings to measure with: speech-like sound of any length, made piece by piece."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_RATE = 8_000
_LOOP_SECONDS = 53
_HEADER = 44
_SYLLABLES = 5
_FORMANTS = (140, 280, 560, 900, 1900)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of 8 kHz and 16 bits: tones and noise that come and go, over a line's own noise.

    Another `seed` is another call: the vault keeps the same bytes only once.
    """

    seconds: int
    channels: int
    seed: int

    @property
    def size(self) -> int:
        """Bytes of its WAV, the header's too."""
        return _HEADER + self.seconds * _RATE * self.channels * 2

    def pieces(self) -> Iterator[bytes]:
        """The bytes of its WAV, a minute or less at once."""
        loop, left = _loop(self.channels, self.seed), self.size - _HEADER
        yield _header(self.channels, left)
        while left:
            piece = loop[:left]
            yield piece
            left -= len(piece)

    def write(self, file: Path) -> None:
        """Its WAV."""
        with file.open("wb") as out:
            out.writelines(self.pieces())


def _loop(channels: int, seed: int) -> bytes:
    random = np.random.default_rng(seed)
    sides = [_voice(random, pitch=1 + it / 8) for it in range(channels)]
    return np.stack(sides, axis=1).astype("<i2").tobytes()


def _voice(random: np.random.Generator, *, pitch: float) -> NDArray[np.float64]:
    count = _LOOP_SECONDS * _RATE
    time = np.arange(count) / _RATE
    loudness = np.clip(random.random(_LOOP_SECONDS * _SYLLABLES) - 0.3, 0, 1)
    tones = sum(
        np.sin(2 * np.pi * pitch * it * time) / rank for rank, it in enumerate(_FORMANTS, 1)
    )
    breath = random.standard_normal(count)
    voice = np.repeat(loudness, _RATE // _SYLLABLES) * (4000 * tones + 2000 * breath)
    return np.clip(voice + 20 * random.standard_normal(count), -32768, 32767)


def _header(channels: int, data: int) -> bytes:
    shape = (16, 1, channels, _RATE, _RATE * channels * 2, channels * 2, 16)
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", data + 36, b"WAVE", b"fmt ", *shape, b"data", data
    )
