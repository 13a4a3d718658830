"""Any bytes of an MP3 from the samples around them, the same as in the whole.

LAME never forgets: where digital silence ends, the step it quantizes with depends on
what it heard before that silence, however long ago. So the MP3 is made in stretches,
each by an encoder of its own that starts WARM_UP frames early. The whole is its
stretches joined, and so are they the same bytes whoever makes them, and in any order.
"""

import os
from bisect import bisect_left
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass

import numpy as np

from dictabelt.audio.lame import Lame, LameRefused
from dictabelt.audio.mp3 import WARM_UP, Plan
from dictabelt.audio.samples import Block, silence

STRETCH = 196
"""Frames made by one encoder: a multiple of 49, after which padding repeats at every rate.

Another number is another MP3. To start an encoder takes as long as four frames of
stereo at 48 kHz, 13 of mono at 8 kHz; to reach a frame, those before it in its stretch.
"""
_AT_ONCE = 2 * (os.cpu_count() or 1)
"""Stretches that are encoded or wait for it: a core never waits for the one that gathers them."""
_AHEAD = 1
"""Frames of sound beyond the last wanted that LAME must hear: it looks 224 samples ahead."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `start` to `end` of an MP3, and the `count` samples from `first` on that make them."""

    start: int
    end: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class _Run:
    """Bytes `start` to `end` of one encoder, fed `count` samples from `first` on.

    Some of those may be before the first sample of the sound or after the last.
    """

    start: int
    end: int
    first: int
    count: int


def span(plan: Plan, *, start: int, end: int) -> Span:
    """The samples to read for bytes `start` to `end`. Raises ValueError beyond `plan.size`."""
    if not 0 <= start <= end <= plan.size:
        raise ValueError(f"bytes {start} to {end} of {plan.size}")
    runs = list(_runs(plan, start, end=end))
    if not runs:
        return Span(start, end, 0, 0)
    first = min(max(0, runs[0].first), plan.samples)
    last = min(max(0, runs[-1].first + runs[-1].count), plan.samples)
    return Span(start, end, first, last - first)


def spans(plan: Plan, *, start: int, end: int) -> Iterator[Span]:
    """The same bytes cut where encoders change: no work is done twice to make them apart."""
    length = plan.offset(STRETCH)
    position = start
    while position < end:
        following = min(end, (position // length + 1) * length)
        yield span(plan, start=position, end=following)
        position = following


def encode_span(lame: Lame, plan: Plan, *, span: Span, samples: Block) -> bytes:
    """Its `end - start` bytes from its `count` samples, in the plan's rate and channels."""
    if samples.shape != (span.count, plan.channels):
        raise ValueError(f"{samples.shape} samples for {span.count} of {plan.channels} channels")
    runs = _runs(plan, span.start, end=span.end)
    return b"".join(
        _encoded(lame, plan, run=it, samples=_fed(samples, span.first, run=it)) for it in runs
    )


def encode(
    lame: Lame, plan: Plan, *, blocks: Iterable[Block], pool: Executor
) -> Generator[bytes, None, None]:
    """The whole MP3 piece by piece; `blocks` hold exactly `plan.samples`, and are all read.

    The threads of `pool` encode some pieces ahead. Not to be called in one of them: it waits.
    """
    source = iter(blocks)
    begun: deque[Future[bytes]] = deque()
    try:
        wanted = spans(plan, start=0, end=plan.size)
        for it, samples in _windows(source, wanted, channels=plan.channels):
            if len(begun) == _AT_ONCE:
                yield begun.popleft().result()
            begun.append(pool.submit(encode_span, lame, plan, span=it, samples=samples))
        for _ in source:  # a source may have to say something at its end
            pass
        while begun:
            yield begun.popleft().result()
    finally:
        for piece in begun:
            piece.cancel()


def _runs(plan: Plan, start: int, *, end: int) -> Iterator[_Run]:
    if start == end:
        return
    length = plan.offset(STRETCH)
    for number in range(start // length, -(-end // length)):
        origin = number * length
        begin, stop = max(start, origin) - origin, min(end, origin + length) - origin
        frames = bisect_left(range(STRETCH + 1), stop, key=plan.offset)
        first = number * STRETCH * plan.frame - plan.lead
        yield _Run(begin, stop, first, (WARM_UP + frames + _AHEAD) * plan.frame)


def _fed(samples: Block, position: int, *, run: _Run) -> Block:
    """What one encoder hears, given `samples` from number `position` on: silence around them."""
    fed = silence(run.count, samples.shape[1])
    start, end = max(run.first, position), min(run.first + run.count, position + len(samples))
    if start < end:
        fed[start - run.first : end - run.first] = samples[start - position : end - position]
    return fed


def _encoded(lame: Lame, plan: Plan, *, run: _Run, samples: Block) -> bytes:
    with lame.stream(rate=plan.rate, channels=plan.channels, kbps=plan.kbps) as stream:
        made = stream.feed(samples)
    wanted = made[plan.start + run.start : plan.start + run.end]
    if len(wanted) != run.end - run.start:
        raise LameRefused(f"{len(made)} bytes of {plan.start + run.end} came out")
    return wanted


def _windows(
    blocks: Iterator[Block], spans: Iterable[Span], *, channels: int
) -> Iterator[tuple[Span, Block]]:
    """Each span with its samples; the spans go forward and may overlap."""
    held, position = silence(0, channels), 0
    for it in spans:
        pieces = [held[it.first - position :]]
        missing = it.count - len(pieces[0])
        while missing > 0:
            block = next(blocks, None)
            if block is None:
                raise LameRefused(f"{missing} samples too few came in")
            pieces.append(block)
            missing -= len(block)
        held, position = np.concatenate(pieces), it.first
        yield it, held[: it.count]
