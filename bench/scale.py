"""Queries on a small vault and on a large one: what each takes, and how much more the large one."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from bench.scale_samples import COUNT, Samples, drawn
from bench.scale_works import WORKS, Ask, Work
from bench.seed_rows import seeded
from bench.stage import Stage
from dictabelt.core.ports import Database
from dictabelt.db.sqlite import SqliteDatabase

SMALL, LARGE = 10_000, 1_000_000
MOST_TIMES = 1.5
_LEAST = 20_000
_WARM_UP, _FEW = 20, 5
_ENOUGH_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Times:
    """Of one query, in milliseconds, over so many runs; `processor` is the median without waits."""

    runs: int
    median: float
    p99: float
    processor: float


@dataclass(frozen=True, slots=True)
class Scaled:
    """One kind of query on the small and on the large vault."""

    work: str
    rows: int
    small: Times
    large: Times

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


@dataclass(frozen=True, slots=True)
class _Side:
    """A vault and what is asked of it, again from the start when all was asked."""

    database: Database
    samples: Samples
    taken: list[tuple[float, float]] = field(default_factory=list)

    async def run(self, ask: Ask) -> None:
        began, before = perf_counter(), process_time()
        async with self.database.read() as tx:
            await ask(tx)
        self.taken.append(((perf_counter() - began) * 1000, (process_time() - before) * 1000))

    def times(self) -> Times:
        """Of what was run since this was last asked."""
        ordered = sorted(wall for wall, _ in self.taken)
        processor = median(processor for _, processor in self.taken)
        self.taken.clear()
        p99 = ordered[ceil(len(ordered) * 0.99) - 1]
        return Times(len(ordered), median(ordered), p99, processor)


def rows(stage: Stage) -> Iterator[Scaled]:
    """Every kind of query, the two vaults taking turns."""
    count = max(_LEAST, stage.rows // stage.shrink)
    folder = stage.seeded or stage.folder / "rows"
    files = [seeded(folder, it) for it in (SMALL, count)]
    with asyncio.Runner() as runner:
        most = max(_FEW, COUNT // stage.shrink)
        yield from _measured(runner, files, count=count, most=most)


def _measured(
    runner: asyncio.Runner, files: list[Path], *, count: int, most: int
) -> Iterator[Scaled]:
    databases = [SqliteDatabase.open(it) for it in files]
    try:
        small, large = [runner.run(_side(it)) for it in databases]
        for work in WORKS:
            runner.run(_turns(work, small, large, most=most))
            yield Scaled(work.name, count, small.times(), large.times())
    finally:
        for it in databases:
            runner.run(it.close())


async def _side(database: Database) -> _Side:
    return _Side(database, await drawn(database))


async def _turns(work: Work, small: _Side, large: _Side, *, most: int) -> None:
    """Each thing asked once of either vault, until all was asked, or for long enough."""
    pairs = list(zip(work.asks(small.samples), work.asks(large.samples), strict=False))
    for pair in pairs[-min(_WARM_UP, most) :]:
        await _pair(pair, small, large)
    for side in (small, large):
        side.taken.clear()
    began = perf_counter()
    for pair in pairs[:most]:
        await _pair(pair, small, large)
        if perf_counter() - began > _ENOUGH_SECONDS:
            break


async def _pair(pair: tuple[Ask, Ask], small: _Side, large: _Side) -> None:
    await small.run(pair[0])
    await large.run(pair[1])
