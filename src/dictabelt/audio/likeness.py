"""Finds out whether both channels of a recording hold the same sound."""

import numpy as np
from numpy.typing import NDArray

from dictabelt.audio.frames import Apart
from dictabelt.audio.levels import FRAMES_PER_SECOND

# The same sound, coded apart on each side, even in G.711, correlates by more; other sound by
# far less, also where one side is heard in the other as an echo, which comes late.
_SAME = 0.99
# Softer frames hold more of the noise of quantisation than of what was said.
_AUDIBLE = 32768.0**2 * 1e-5  # -50 dBFS
_LEAST = 3 * FRAMES_PER_SECOND
_SHARE = 0.95


class Likeness:
    """Compares the two channels frame by frame and as a whole; scale and sign do not matter."""

    def __init__(self) -> None:
        self._compared = 0
        self._same = 0
        self._first = self._second = self._both = 0.0

    def feed(self, frames: Apart, power: NDArray[np.float32]) -> None:
        """The next frames of both channels, and their powers."""
        first, second = power
        means = frames.mean(axis=2)
        product = np.einsum("ns,ns->n", frames[0], frames[1]) / np.float32(frames.shape[2])
        product -= means[0] * means[1]
        audible = np.maximum(first, second) > _AUDIBLE
        same = product**2 > np.float32(_SAME**2) * first * second
        self._compared += int(np.count_nonzero(audible))
        self._same += int(np.count_nonzero(audible & same))
        self._first += float(first.sum(dtype=np.float64))
        self._second += float(second.sum(dtype=np.float64))
        self._both += float(product.sum(dtype=np.float64))

    @property
    def share(self) -> float | None:
        """The share of the frames with sound on either side in which it is the same on both."""
        return self._same / self._compared if self._compared else None

    @property
    def identical(self) -> bool:
        """The same on both sides for at least three seconds and nearly always, at one scale.

        The whole must agree as well as the frames: where each talker leaks into the other's
        channel every frame correlates, but the sides are not the same.
        """
        if self._compared < _LEAST or self._same < _SHARE * self._compared:
            return False
        return self._both**2 >= _SAME**2 * self._first * self._second
