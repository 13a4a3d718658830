"""Puts frames that hold the tones of a telephone key together to presses of keys."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dictabelt.audio.runs import runs
from dictabelt.core.findings import Tone

MOST_MARKS = 1000
"""Presses whose times are kept; more are only counted."""

Powers = NDArray[np.float32]

_PUREST = 0.7
_SHORTEST = 3  # frames, of which a press of 40 ms fills as many wherever it begins
_DROPOUT = 1


class Presses:
    """The presses on one channel."""

    def __init__(self, channel: int, *, milliseconds: float) -> None:
        self.count = 0
        self._channel = channel
        self._hop = milliseconds
        self._marks: list[Tone] = []
        self._position = 0
        self._open = _Press()

    def feed(self, keys: NDArray[np.uint8], purity: Powers) -> None:
        """The next frames: which key each holds, 0 for none, and how purely."""
        found = runs(keys)
        for start, end in zip(found.starts.tolist(), found.ends.tolist(), strict=True):
            press = _Press(
                key=int(keys[start]),
                start=self._position + start,
                end=self._position + end,
                frames=end - start,
                purest=float(purity[start:end].max()),
            )
            self._continue(press)
        self._position += len(keys)

    def end(self) -> list[Tone]:
        """The first presses, all counted in `count`."""
        self._close()
        self._open = _Press()
        return self._marks

    def _continue(self, press: "_Press") -> None:
        last = self._open
        if press.key == last.key and press.start - last.end <= _DROPOUT:
            purest = max(last.purest, press.purest)
            frames = last.frames + press.frames
            self._open = replace(last, end=press.end, frames=frames, purest=purest)
        else:
            self._close()
            self._open = press

    def _close(self) -> None:
        it = self._open
        if it.frames < _SHORTEST or it.purest < _PUREST:
            return
        self.count += 1
        if len(self._marks) < MOST_MARKS:
            # A frame is heard as a tone when two of its three hops are
            at, length = round((it.start + 1) * self._hop), it.end - it.start + 1
            self._marks.append(Tone(self._channel, at, round(length * self._hop)))


@dataclass(frozen=True, slots=True)
class _Press:
    """Frames of one key from `start` to before `end`; `frames` without dropouts."""

    key: int = 0
    start: int = 0
    end: int = 0
    frames: int = 0
    purest: float = 0.0
