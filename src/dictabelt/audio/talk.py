"""Reads from the levels of a call who is active when, and how long nobody is.

A frame is active when it is 9 dB above the noise of the line, which is what the quietest
tenth of the minute around it stays below; at -55 dBFS at least, as nobody hears less on a
telephone, and at -35 dBFS always, as no line is so loud. It takes 60 ms, so that a click is
none, and pauses up to 300 ms are those between words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dictabelt.audio.levels import FRAMES_PER_SECOND, Levels, steps
from dictabelt.audio.runs import Flags, bridged, runs, without_short

_ABOVE_NOISE = 18  # half decibels
_SOFTEST, _LOUDEST_NOISE = steps(-55), steps(-35)
_HEARD = steps(-60)
_QUIETEST = 10  # percent
_STRETCH = 20 * FRAMES_PER_SECOND
_CLICK = 3
_PAUSE = 15


@dataclass(frozen=True, slots=True)
class Talk:
    """Shares of the time, and the longest stretch without anybody, in frames."""

    shares: tuple[float, ...]
    together: float
    nobody: float
    longest: int
    longest_at: int


def active(levels: Levels) -> Flags:
    """Which frames of a channel are talk, or any other sound that is not the line's."""
    return bridged(without_short(levels < _threshold(levels), _CLICK), _PAUSE)


def heard(levels: Levels) -> Flags:
    """Which frames are not silence: above -60 dBFS for 60 ms; 12 dB above idle G.711."""
    return without_short(levels < _HEARD, _CLICK)


def talk(channels: Sequence[Flags]) -> Talk:
    """What the active frames of all channels come to."""
    frames = len(channels[0])
    count: Levels = np.sum(channels, axis=0, dtype=np.uint8)
    several: Flags = count > 1
    nobody: Flags = count == 0
    silences = runs(nobody)
    longest = int(silences.lengths.argmax()) if len(silences.starts) else None
    return Talk(
        shares=tuple(_share(it) for it in channels),
        together=_share(several),
        nobody=_share(nobody) if frames else 1.0,
        longest=0 if longest is None else int(silences.lengths[longest]),
        longest_at=0 if longest is None else int(silences.starts[longest]),
    )


def _share(flags: Flags) -> float:
    return float(np.count_nonzero(flags)) / max(1, len(flags))


def _threshold(levels: Levels) -> Levels:
    """The level that each frame must be louder than."""
    frames = len(levels)
    starts = [min(start, max(0, frames - _STRETCH)) for start in range(0, frames, _STRETCH)]
    floors = [np.percentile(levels[it : it + _STRETCH], 100 - _QUIETEST) for it in starts]
    around = np.pad(np.asarray(floors), 1, constant_values=0.0)
    quietest = np.maximum(np.maximum(around[:-2], around[1:-1]), around[2:])
    limits = np.clip(quietest - _ABOVE_NOISE, _LOUDEST_NOISE, _SOFTEST).astype(np.uint8)
    return np.repeat(limits, _STRETCH)[:frames]
