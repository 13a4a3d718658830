"""Stretches of equal values in a row: where they begin and end, which are too short."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Stretches in order: `starts` are the first places, `ends` those behind the last."""

    starts: Places
    ends: Places

    @property
    def lengths(self) -> Places:
        """Places in each."""
        return self.ends - self.starts

    def of(self, which: Flags) -> "Runs":
        """Only some of them."""
        return Runs(self.starts[which], self.ends[which])


def runs(values: NDArray[Any]) -> Runs:
    """The stretches of one value that is not zero, or true."""
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    bounds = np.concatenate(([0], changes, [len(values)])).astype(np.intp)
    starts, ends = bounds[:-1], bounds[1:]
    if not len(values):
        return Runs(starts[:0], ends[:0])
    return Runs(starts, ends).of(values[starts] != 0)


def without_short(flags: Flags, least: int) -> Flags:
    """Only stretches of at least `least`."""
    found = runs(flags)
    return _flags(found.of(found.lengths >= least), len(flags))


def bridged(flags: Flags, gap: int) -> Flags:
    """Stretches no more than `gap` apart become one."""
    found = runs(flags)
    apart = found.starts[1:] - found.ends[:-1] > gap
    starts = np.concatenate((found.starts[:1], found.starts[1:][apart]))
    ends = np.concatenate((found.ends[:-1][apart], found.ends[-1:]))
    return _flags(Runs(starts, ends), len(flags))


def _flags(found: Runs, length: int) -> Flags:
    steps = np.zeros(length + 1, np.int8)
    steps[found.starts] += 1
    steps[found.ends] -= 1
    return np.cumsum(steps[:-1], dtype=np.int8) > 0
