"""Cuts a stream of audio into pieces of one length, however long the blocks are that bring it."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from dictabelt.audio.samples import Block, silence

Frames = NDArray[np.int16]
"""Shape (frames, samples, channels)."""

Apart = NDArray[np.float32]
"""Shape (channels, frames, samples)."""


class Framer:
    """Frames of `size` samples; what fills no frame waits in `rest`."""

    def __init__(self, size: int, channels: int) -> None:
        self._size = size
        self.rest: Block = silence(0, channels)

    def feed(self, block: Block) -> Frames:
        """The frames that `block` completes. Raises ValueError on another number of channels."""
        channels = self.rest.shape[1]
        if block.ndim != 2 or block.shape[1] != channels:
            raise ValueError(f"a block of shape {block.shape} for {channels} channels")
        joined = np.concatenate((self.rest, block)) if len(self.rest) else block
        whole = len(joined) // self._size * self._size
        self.rest = joined[whole:].copy()
        return joined[:whole].reshape(-1, self._size, channels)


def slabs(blocks: Iterable[Block], samples: int) -> Iterator[Block]:
    """The same audio in blocks of `samples`; only the last may be shorter."""
    held: list[Block] = []
    room = samples
    for block in blocks:
        left = block
        while len(left) >= room:
            yield np.concatenate([*held, left[:room]])
            left, held, room = left[room:], [], samples
        if len(left):
            held.append(left)
            room -= len(left)
    if held:
        yield np.concatenate(held)


def apart(frames: Frames) -> Apart:
    """Each channel in one piece of memory, where NumPy is many times faster."""
    return frames.transpose(2, 0, 1).astype(np.float32, order="C")
