"""The part of a recording that a variant lets hear: which samples, and which channels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from dictabelt.audio.samples import Block
from dictabelt.core.media import Mix, Signal, Variant


def _mono(block: Block) -> Block:
    mean: Block = np.rint(block.mean(axis=1, keepdims=True)).astype(np.int16)
    return mean


def _unchanged(block: Block) -> Block:
    return block


_MIXERS: Mapping[Mix, Callable[[Block], Block]] = MappingProxyType(
    {
        Mix.BOTH: _unchanged,
        Mix.MONO: _mono,
        Mix.LEFT: lambda block: np.ascontiguousarray(block[:, :1]),
        Mix.RIGHT: lambda block: np.ascontiguousarray(block[:, 1:2]),
        Mix.SWAP: lambda block: np.ascontiguousarray(block[:, ::-1]),
    }
)


def mixed(block: Block, mix: Mix) -> Block:
    """The channels that `mix` lets hear; for sides and swapping there are two to choose from."""
    return _MIXERS[mix](block)


@dataclass(frozen=True, slots=True)
class Section:
    """`count` samples from number `first` on, of `channels` channels once mixed."""

    signal: Signal
    mix: Mix
    channels: int
    first: int
    count: int


def section(signal: Signal, variant: Variant) -> Section:
    """Exact to the sample; an end behind the last sample, or none, means the last."""
    first = min(_samples(variant.start_ms, signal), signal.samples)
    end = signal.samples if variant.end_ms is None else _samples(variant.end_ms, signal)
    return Section(
        signal=signal,
        mix=variant.mix,
        channels=signal.channels if variant.mix in (Mix.BOTH, Mix.SWAP) else 1,
        first=first,
        count=max(0, min(end, signal.samples) - first),
    )


def _samples(milliseconds: int, signal: Signal) -> int:
    return milliseconds * signal.sample_rate // 1000
