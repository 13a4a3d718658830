"""The lowest and the highest sample of each short stretch of audio: what a player draws."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dictabelt.audio.frames import Framer
from dictabelt.audio.samples import Block

Extremes = NDArray[np.int16]
"""Shape (length, channels, 2): lowest and highest."""

_SAMPLES_AT_8K = 256


def samples_per_pixel(rate: int) -> int:
    """The finest zoom: 256 samples at 8 kHz, as many times more as the rate allows.

    So 31 buckets a second at 8, 16, 32 and 48 kHz, 34 at 44.1 kHz, and never more than 63:
    an hour is 1300 pixels wide at the coarsest of the core's `ZOOMS`, a second 31 at the
    finest, and a stereo hour is stored in 900 kB whatever its rate.
    """
    return _SAMPLES_AT_8K * max(1, rate // 8000)


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """What to draw: buckets of `samples_per_pixel` samples each; the last may cover fewer."""

    rate: int
    samples_per_pixel: int
    data: Extremes

    @property
    def length(self) -> int:
        """Buckets."""
        return int(self.data.shape[0])

    @property
    def channels(self) -> int:
        """Channels of the audio."""
        return int(self.data.shape[1])

    def coarser(self, factor: int) -> "Peaks":
        """The same audio in buckets `factor` times as long. Raises ValueError below 1."""
        if factor < 1:
            raise ValueError(f"a zoom {factor} times coarser")
        if factor == 1:
            return self
        starts = np.arange(0, self.length, factor)
        if not len(starts):
            return Peaks(self.rate, self.samples_per_pixel * factor, self.data)
        lowest = np.minimum.reduceat(self.data[..., 0], starts, axis=0)
        highest = np.maximum.reduceat(self.data[..., 1], starts, axis=0)
        return Peaks(self.rate, self.samples_per_pixel * factor, _frozen(lowest, highest))


class PeaksBuilder:
    """Finds the peaks of audio that comes in blocks of any length."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._channels = channels
        self._framer = Framer(samples_per_pixel(rate), channels)
        self._found = bytearray()

    def feed(self, block: Block) -> None:
        """The next audio. Raises ValueError on another number of channels."""
        self._keep(self._framer.feed(block))

    def peaks(self) -> Peaks:
        """The peaks of all that was fed; the end, to be asked for once."""
        if len(self._framer.rest):
            self._keep(self._framer.rest[np.newaxis])
        data = np.frombuffer(self._found, np.int16).reshape(-1, self._channels, 2)
        data.flags.writeable = False
        return Peaks(self._rate, samples_per_pixel(self._rate), data)

    def _keep(self, frames: NDArray[np.int16]) -> None:
        # A channel at a time in one piece of memory: many times faster than along the middle axis
        apart = np.ascontiguousarray(frames.transpose(0, 2, 1))
        self._found += np.stack((apart.min(axis=2), apart.max(axis=2)), axis=2).tobytes()


def _frozen(lowest: NDArray[np.int16], highest: NDArray[np.int16]) -> Extremes:
    data = np.stack((lowest, highest), axis=2)
    data.flags.writeable = False
    return data
