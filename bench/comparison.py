"""A comparison: our rate and a peer's, taken in turns, and the ratio of each pair."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

from bench.meter import WrongAnswer
from bench.processor_time import spent

_WARM_UP = 0.3


@dataclass(frozen=True, slots=True)
class Measure:
    """How many a second, and seconds of processor time for each where that is known."""

    rate: float
    each: float | None

    @property
    def busy(self) -> float | None:
        """The share of one core that it had; under 0.8 or so, something else held it up."""
        return None if self.each is None else self.rate * self.each


Side = Callable[[float], Measure]
"""Measures for so many seconds. Raises WrongAnswer."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row: `ours` is to reach `promise` times the rate of `theirs`, if anything is promised.

    `rounds` are enough for work so long that it needs no warm-up.
    """

    work: str
    beside: str
    promise: float | None
    ours: Side
    theirs: Side
    rounds: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two measures, one right after the other."""

    ours: Measure
    theirs: Measure

    @property
    def ratio(self) -> float:
        """Of the rates."""
        return self.ours.rate / self.theirs.rate

    @property
    def processor_ratio(self) -> float | None:
        """What the ratio would be if each had a core to itself all the time."""
        if not self.ours.each or not self.theirs.each:
            return None
        return self.theirs.each / self.ours.each


@dataclass(frozen=True, slots=True)
class Row:
    """What a comparison gave; `wrong` says why it gave nothing."""

    work: str
    beside: str
    promise: float | None
    pairs: list[Pair] = field(default_factory=list)
    wrong: str | None = None

    @property
    def ratios(self) -> list[float]:
        """In order of size."""
        return sorted(it.ratio for it in self.pairs)

    @property
    def ratio(self) -> float | None:
        """The median of the pairs' ratios."""
        return median(self.ratios) if self.pairs else None

    @property
    def processor_ratio(self) -> float | None:
        """The median of the pairs'."""
        known = [it.processor_ratio for it in self.pairs if it.processor_ratio is not None]
        return median(known) if known else None

    @property
    def kept(self) -> bool:
        """Whether the promise is; no promise is kept by any figure."""
        return self.ratio is not None and self.ratio >= (self.promise or 0)


def watched(id: int, rate: Callable[[float], float]) -> Side:
    """A side whose work is done by the process of that id and its children."""

    def measure(seconds: float) -> Measure:
        before, began = spent(id), perf_counter()
        found = rate(seconds)
        after, elapsed = spent(id), perf_counter() - began
        if before is None or after is None:
            return Measure(found, None)
        return Measure(found, (after - before) / (found * elapsed))

    return measure


def measured(it: Comparison, *, seconds: float, rounds: int) -> Row:
    """The row: each side measured `rounds` times in turns, after a warm-up that does not count."""
    try:
        if it.rounds is None:
            _pair(it, seconds * _WARM_UP)
        wanted = rounds if it.rounds is None else min(rounds, it.rounds)
        pairs = [_pair(it, seconds) for _ in range(wanted)]
    except WrongAnswer as wrong:
        return Row(it.work, it.beside, it.promise, wrong=str(wrong))
    return Row(it.work, it.beside, it.promise, pairs)


def _pair(it: Comparison, seconds: float) -> Pair:
    return Pair(it.ours(seconds), it.theirs(seconds))
