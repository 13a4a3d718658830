"""Plausible recordings, calls and what follows from them, drawn many at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.population import HUGE, LOPSIDED, RARE, Population, population, size
from dictabelt.core.findings import Finding
from dictabelt.db.values import write_instant

Column = Sequence[Any]
Columns = Mapping[str, Column]
Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

BATCH = 20_000
END = datetime(2026, 1, 1, tzinfo=UTC)
_YEARS = 5
SPAN = _YEARS * 365 * 86_400
"""Recordings were made before END, in so many seconds."""
_HOUR_US = 3_600_000_000
_YEAR_US = 365 * 24 * _HOUR_US
_RINGING_US = 2_000_000
_LONGEST_MS = 3 * 3_600_000
_OWN_LINES = 50
_TAGS = [f"tag-{number:02}" for number in range(40)]
TAGGED = [(it,) for it in _TAGS] + list(zip(_TAGS, _TAGS[7:] + _TAGS[:7], strict=True))
"""What a recording is tagged with, the most frequent first."""
FOUND = [it.value for it in (Finding.DEAD_AIR, Finding.DTMF, Finding.CLIPPING, Finding.SILENT)]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is drawn of some recordings, oldest first; the rows follow from it."""

    account: NDArray[np.int64]
    created: NDArray[np.int64]
    duration_ms: NDArray[np.int64]
    inbound: Flags
    caller: list[str]
    callee: list[str]
    twin: Flags
    conference: Flags
    state: NDArray[Any]
    gone: Flags
    device: NDArray[np.int64]
    tagged: NDArray[np.int64]
    transcribed: Flags
    finding: NDArray[np.int64]
    eventful: Flags
    rare: Flags
    lag: NDArray[np.int64]


@dataclass
class Source:
    """Draws facts and ids, the same for the same seed and number of recordings."""

    recordings: int
    seed: int = 1

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)
        self.people: Population = population(self.recordings, self.ids(size()))
        self._busy = _busy_hours()
        self._left = {HUGE: RARE.count, LOPSIDED: RARE.count}

    def ids(self, count: int) -> list[bytes]:
        """Random UUIDs of version 4, as their 16 bytes."""
        drawn = np.frombuffer(self._random.bytes(16 * count), np.uint8).reshape(count, 16).copy()
        drawn[:, 6] = drawn[:, 6] & 0x0F | 0x40
        drawn[:, 8] = drawn[:, 8] & 0x3F | 0x80
        return _pieces(drawn.tobytes(), 16)

    def hashes(self, count: int) -> list[str]:
        """As SHA-256 looks in hex."""
        return _pieces(self._random.bytes(32 * count).hex(), 64)

    def batches(self) -> Iterator[Facts]:
        """All recordings, oldest first, some thousand at a time."""
        for start in range(0, self.recordings, BATCH):
            yield self._facts(start, min(BATCH, self.recordings - start))

    def _facts(self, start: int, count: int) -> Facts:
        uniform = self._random.random
        created = self._instants(start, count)
        twin = uniform(count) < 0.08
        twin &= ~np.append(True, twin[:-1])
        first = np.where(twin, np.arange(count) - 1, np.arange(count))
        account = self.people.of(uniform(count))[first]
        twin &= np.append(True, account[1:] == account[:-1])
        rare = self._planted(account, ~twin)
        twin &= ~np.append(False, rare[:-1])
        lopsided = account == LOPSIDED
        inbound = np.where(lopsided, ~rare, uniform(count) < 0.5)
        caller, callee = self._parties(account, inbound, rare=rare)
        length = np.minimum(self._random.lognormal(11.7, 1.2, count), _LONGEST_MS)
        return Facts(
            account=account,
            created=created,
            duration_ms=np.where(rare, RARE.duration_ms, length).astype(np.int64),
            inbound=inbound,
            caller=caller,
            callee=callee,
            twin=twin,
            conference=~twin & ~rare & np.append(~twin[1:], True) & (uniform(count) < 0.03),
            state=np.where(rare, "available", _states(uniform(count))),
            gone=(uniform(count) < 0.02) & ~rare,
            device=np.where(uniform(count) < 0.15, _skewed(uniform(count), 300), -1),
            tagged=np.where(uniform(count) < 0.2, _skewed(uniform(count), len(TAGGED)), -1),
            transcribed=np.where(lopsided, rare, uniform(count) < 0.1),
            finding=np.where(uniform(count) < 0.12, _skewed(uniform(count), len(FOUND)), -1),
            eventful=uniform(count) < 0.02,
            rare=rare,
            lag=self._lag(lopsided, start),
        )

    def _lag(self, lopsided: Flags, start: int) -> NDArray[np.int64]:
        """Microseconds from starting to being created: one account was brought from elsewhere."""
        drawn = np.random.default_rng((self.seed, start)).random(len(lopsided))
        lag: NDArray[np.int64] = np.where(lopsided, drawn * _YEARS * _YEAR_US, _RINGING_US)
        return lag.astype(np.int64)

    def _instants(self, start: int, count: int) -> NDArray[np.int64]:
        """Ascending, in microseconds: five years of business hours, with some calls at night."""
        share = (np.arange(start, start + count) + self._random.random(count)) / self.recordings
        hours = np.interp(share, self._busy, np.arange(len(self._busy)))
        begin = write_instant(END - timedelta(hours=len(self._busy) - 1))
        instants: NDArray[np.int64] = (begin + hours * _HOUR_US).astype(np.int64)
        return instants

    def _planted(self, account: NDArray[np.int64], possible: Flags) -> Flags:
        """The oldest few of two accounts."""
        rare = np.zeros(len(account), bool)
        for position, left in self._left.items():
            oldest = np.flatnonzero((account == position) & possible)[:left]
            rare[oldest] = True
            self._left[position] = left - len(oldest)
        return rare

    def _parties(
        self, account: NDArray[np.int64], inbound: Flags, *, rare: Flags
    ) -> tuple[list[str], list[str]]:
        count = len(account)
        most = self.people.numbers[account]
        others = (most ** self._random.random(count)).astype(np.int64) + 2_000_000_000
        lines = _skewed(self._random.random(count), _OWN_LINES) + 8_000_000_000
        caller = [f"+1{it}" for it in np.where(inbound, others, lines).tolist()]
        callee = [f"+1{it}" for it in np.where(inbound, lines, others).tolist()]
        for at in np.flatnonzero(rare & (account == HUGE)).tolist():
            caller[at], callee[at] = RARE.number, RARE.own_number
        return caller, callee


def _pieces(text: Any, length: int) -> list[Any]:
    return [text[at : at + length] for at in range(0, len(text), length)]


def _skewed(random: Numbers, count: int) -> NDArray[np.int64]:
    """Ranks from 0, the n-th about 1/n as frequent as the first (Zipf)."""
    ranks: NDArray[np.int64] = (float(count) ** random).astype(np.int64)
    return np.minimum(ranks, count) - 1


def _states(random: Numbers) -> NDArray[Any]:
    names = np.array(["available", "absent", "failed", "processing"])
    return names[np.searchsorted([0.97, 0.985, 0.998], random)]


def _busy_hours() -> Numbers:
    """The share of all calls before each hour of the years, from 0 to 1."""
    hours = np.arange(_YEARS * 365 * 24)
    start = END - timedelta(hours=len(hours))
    weekday, hour = (start.weekday() + hours // 24) % 7, hours % 24
    weight = np.where((hour >= 8) & (hour < 18), 1.0, 0.05) * np.where(weekday < 5, 1.0, 0.2)
    return np.append(0.0, np.cumsum(weight) / weight.sum())
