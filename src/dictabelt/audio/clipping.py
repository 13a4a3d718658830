"""Counts samples that were cut off because the sound was louder than the format allows."""

import numpy as np
from numpy.typing import NDArray

from dictabelt.audio.samples import Block, silence

FULL_SCALE = 32124
"""The loudest that mu-law can say (ITU-T G.711), below that of A-law, 8 and 16 bits."""

_SHORTEST = 3


class Clipping:
    """Counts samples in flat tops: three or more equal ones in a row at full scale.

    A loud sound that was not cut off has single samples there, seldom two that are equal.
    """

    def __init__(self, channels: int) -> None:
        self._before = silence(0, channels)
        self._open = np.zeros((1, channels), np.bool_)
        self._clipped = np.zeros(channels, np.int64)
        self._samples = 0

    def feed(self, block: Block) -> None:
        """The next audio."""
        self._samples += len(block)
        joined = np.concatenate((self._before, block))
        self._before = joined[-(_SHORTEST - 1) :].copy()
        if len(joined) >= _SHORTEST:
            self._count(joined)

    @property
    def shares(self) -> tuple[float, ...]:
        """The share of samples cut off, by channel."""
        return tuple(float(it) / max(1, self._samples) for it in self._clipped)

    def _count(self, joined: Block) -> None:
        """A run of n samples is n - 2 places with two equal ones behind them, and one start."""
        if joined.max() < FULL_SCALE and joined.min() > -FULL_SCALE:
            return
        flat = _flat(joined)
        known = np.concatenate((self._open, flat))
        starts = np.count_nonzero(known[1:] & ~known[:-1], axis=0)
        self._clipped += np.count_nonzero(flat, axis=0) + (_SHORTEST - 1) * starts
        self._open = flat[-1:]


def _flat(audio: Block) -> NDArray[np.bool_]:
    first, second, third = audio[:-2], audio[1:-1], audio[2:]
    high = (first >= FULL_SCALE) | (first <= -FULL_SCALE)
    flat: NDArray[np.bool_] = high & (first == second) & (second == third)
    return flat
