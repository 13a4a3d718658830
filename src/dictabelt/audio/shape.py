"""Fits audio to another length, number of channels or sampling rate."""

from collections.abc import Iterable, Iterator

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from dictabelt.audio.samples import Block, silence
from dictabelt.core.errors import Unreadable

_LAYOUTS = {1: "mono", 2: "stereo"}


def fit(blocks: Iterable[Block], samples: int, *, channels: int, slack: int) -> Iterator[Block]:
    """Exactly `samples`: cut, or lengthened with silence.

    Raises Unreadable when `blocks` hold more than `slack` samples more or less.
    """
    found = 0
    for block in blocks:
        if found < samples:
            yield block[: samples - found]
        found += len(block)
        if found > samples + slack:
            raise Unreadable("the audio is longer than when it was measured")
    if found < samples - slack:
        raise Unreadable("the audio is shorter than when it was measured")
    if found < samples:
        yield silence(samples - found, channels)


def mixed(blocks: Iterable[Block], channels: int) -> Iterator[Block]:
    """Blocks of `channels`: as they are, or the mean of all channels in one."""
    for block in blocks:
        if block.shape[1] == channels:
            yield block
        else:
            mean = block.mean(axis=1, keepdims=True)
            yield np.rint(mean).astype(np.int16)


def resampled(blocks: Iterable[Block], *, source: int, target: int) -> Iterator[Block]:
    """Mono or stereo blocks at the `target` rate."""
    if source == target:
        yield from blocks
        return
    resampler = AudioResampler("s16", rate=target)
    for block in blocks:
        yield from map(_block, resampler.resample(_frame(block, source)))
    yield from map(_block, resampler.resample(None))


def _frame(block: Block, rate: int) -> AudioFrame:
    layout = _LAYOUTS[block.shape[1]]
    frame = AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout=layout)
    frame.sample_rate = rate
    return frame


def _block(frame: AudioFrame) -> Block:
    return np.ascontiguousarray(frame.to_ndarray().reshape(-1, frame.layout.nb_channels))
