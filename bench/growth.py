"""Memory: how far a process grew, at its highest, beyond what it had (Linux, proc(5))."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PEAK = re.compile(r"^VmHWM:\s*(\d+) kB$", re.MULTILINE)
_RESET_PEAK = "5"
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Growth:
    """What some work took beyond `before`; `most` is promised. All in MiB."""

    work: str
    before: float
    peak: float
    most: float

    @property
    def grown(self) -> float:
        """At the highest."""
        return max(0.0, self.peak - self.before)

    @property
    def kept(self) -> bool:
        """Whether the promise is."""
        return self.grown <= self.most


class Gauge:
    """Of a process and its children: what they keep from one work counts for the next."""

    def __init__(self, id: int) -> None:
        """What they hold now is what they had before."""
        self._id = id
        self._begin()
        self._before = self._peak()

    def growth(self, work: str, *, most: float) -> Growth:
        """Since this was last asked."""
        found = Growth(work, self._before, self._peak(), most)
        self._begin()
        return found

    def _begin(self) -> None:
        for it in _family(self._id):
            (it / "clear_refs").write_text(_RESET_PEAK)

    def _peak(self) -> float:
        told = (_PEAK.search((it / "status").read_text()) for it in _family(self._id))
        return sum(int(it[1]) for it in told if it is not None) * 1024 / _MIB


def supported() -> bool:
    """Whether the system tells peaks and lets them be reset."""
    return Path("/proc/self/clear_refs").exists()


def _family(id: int) -> Iterator[Path]:
    process = Path("/proc", str(id))
    yield process
    for thread in (process / "task").iterdir():
        for child in (thread / "children").read_text().split():
            yield from _family(int(child))
