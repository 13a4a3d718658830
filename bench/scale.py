"""Queries on a small vault and on a large one: what each takes, and how much more the large one."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from bench import processor_time
from bench.engines import ENGINES, NotHere, Where
from bench.filled import Asked, Filled
from bench.scale_samples import COUNT, Samples, drawn
from bench.scale_works import WORKS, Ask, Work
from bench.seed_rows import seed
from bench.stage import Skipped, Stage

SMALL, LARGE = 10_000, 1_000_000
MOST_TIMES = 1.5
_LEAST = 20_000
_FEW = 5
_FIRST_SECONDS, _ENOUGH_SECONDS = 5.0, 3.0
_MAY_BE_ENTERED = 0o711


@dataclass(frozen=True, slots=True)
class Times:
    """Of one query, in milliseconds, over so many runs; `processor` is the median without waits."""

    runs: int
    median: float
    p99: float
    processor: float


@dataclass(frozen=True, slots=True)
class Scaled:
    """One kind of query on the small and on the large vault.

    `first` is what the large one took when the same was asked of it before, for the first time.
    """

    work: str
    engine: str
    settings: str
    rows: int
    small: Times
    large: Times
    first: Times

    @property
    def ratio(self) -> float:
        """Of the medians, large to small."""
        return self.large.median / self.small.median

    @property
    def processor_ratio(self) -> float:
        """What the ratio would be on an idle machine with everything in memory."""
        return self.large.processor / self.small.processor

    @property
    def kept(self) -> bool:
        """Whether it is in the figure."""
        return self.ratio <= MOST_TIMES


@dataclass(slots=True)
class _Side:
    """A vault and what is asked of it; `answering` are the processes that answer besides this."""

    database: Asked
    samples: Samples
    answering: Sequence[int]
    taken: list[tuple[float, float]] = field(default_factory=list)

    async def run(self, ask: Ask) -> None:
        before = self._spent()
        began = perf_counter()
        async with self.database.read() as tx:
            await ask(tx)
        took = perf_counter() - began
        self.taken.append((took * 1000, (self._spent() - before) * 1000))

    def times(self) -> Times:
        """Of what was run since this was last asked."""
        ordered = sorted(wall for wall, _ in self.taken)
        processor = median(processor for _, processor in self.taken)
        self.taken.clear()
        p99 = ordered[ceil(len(ordered) * 0.99) - 1]
        return Times(len(ordered), median(ordered), p99, processor)

    def _spent(self) -> float:
        there = sum(processor_time.spent(it) or 0 for it in self.answering)
        return there + process_time()


def rows(stage: Stage) -> Iterator[Scaled]:
    """Every kind of query, the two vaults taking turns, on each engine that is here.

    Raises Skipped at the end, when one was not.
    """
    count = max(_LEAST, stage.large.rows // stage.shrink)
    most = max(_FEW, COUNT // stage.shrink)
    where = Where(stage.large.folder or _folder(stage), stage.large.server)
    missing: list[str] = []
    for engine in stage.large.engines:
        try:
            with ENGINES[engine](where) as vaults:
                yield from _measured(vaults, engine, count=count, most=most)
        except NotHere as reason:
            missing.append(f"{engine}: {reason}")
    if missing:
        raise Skipped("; ".join(missing))


def _folder(stage: Stage) -> Path:
    """For a while; another user may have to start a server below it."""
    made = TemporaryDirectory(prefix="dictabelt-bench-rows-")
    folder = Path(stage.closing.enter_context(made))
    folder.chmod(_MAY_BE_ENTERED)
    return folder


def _measured(vaults: Filled, engine: str, *, count: int, most: int) -> Iterator[Scaled]:
    sizes = (SMALL, count)
    for size in sizes:
        seed(vaults, size)
    settings = vaults.settings()
    with asyncio.Runner() as runner:
        databases = [runner.run(vaults.open(size)) for size in sizes]
        try:
            small, large = [
                runner.run(_side(vaults, it, count=size))
                for it, size in zip(databases, sizes, strict=True)
            ]
            for work in WORKS:
                first = runner.run(_turns(work, small, large, most=most))
                times = (small.times(), large.times(), first)
                yield Scaled(work.name, engine, settings, count, *times)
        finally:
            for it in databases:
                runner.run(it.close())


async def _side(vaults: Filled, database: Asked, *, count: int) -> _Side:
    samples = await drawn(database)
    return _Side(database, samples, await vaults.answering(count))


async def _turns(work: Work, small: _Side, large: _Side, *, most: int) -> Times:
    """Each thing asked of either vault once, so that it is warm, and then again.

    Returns what the large one took the first time. The two stop once they took long enough.
    """
    pairs = list(zip(work.asks(small.samples), work.asks(large.samples), strict=False))[:most]
    asked = await _all(pairs, small, large, within=_FIRST_SECONDS)
    small.taken.clear()
    first = large.times()
    await _all(pairs[:asked], small, large, within=_ENOUGH_SECONDS)
    return first


async def _all(pairs: list[tuple[Ask, Ask]], small: _Side, large: _Side, *, within: float) -> int:
    """How many were asked within so many seconds."""
    began = perf_counter()
    for done, pair in enumerate(pairs, 1):
        await small.run(pair[0])
        await large.run(pair[1])
        if perf_counter() - began > within:
            return done
    return len(pairs)
