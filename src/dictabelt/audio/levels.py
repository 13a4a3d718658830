"""How loud each 20 ms of each channel are, in a byte: what talk and silence are read from."""

import numpy as np
from numpy.typing import NDArray

from dictabelt.audio.frames import Apart

Levels = NDArray[np.uint8]
"""Half decibels below full scale, by frame: 0 is the loudest, 255 is -127.5 dB or silence."""

FRAMES_PER_SECOND = 50
_FULL_SCALE = 32768.0
_FLOOR = 1e-13  # -130 dB, so that digital silence has a logarithm


def steps(decibels: float) -> int:
    """`decibels` relative to full scale as a level."""
    return round(-2 * decibels)


class LevelsBuilder:
    """Keeps the level of each frame: 180 kB an hour and channel."""

    def __init__(self, channels: int) -> None:
        self._found = [bytearray() for _ in range(channels)]

    def feed(self, power: NDArray[np.float32]) -> None:
        """The next frames' `power`, of shape (channels, frames), as `powers` gives it."""
        share = np.maximum(power / np.float32(_FULL_SCALE**2), np.float32(_FLOOR))
        halves = np.clip(np.rint(-20 * np.log10(share)), 0, 255).astype(np.uint8)
        for kept, row in zip(self._found, halves, strict=True):
            kept.extend(row.tobytes())

    def levels(self) -> list[Levels]:
        """All of each channel; the end."""
        return [np.frombuffer(it, np.uint8) for it in self._found]


def powers(frames: Apart) -> NDArray[np.float32]:
    """Mean square of each frame, of shape (channels, frames); an offset of the line is no sound."""
    mean = frames.mean(axis=2)
    square = np.einsum("cns,cns->cn", frames, frames) / np.float32(frames.shape[2])
    power: NDArray[np.float32] = np.maximum(square - mean * mean, np.float32(0))
    return power
