"""Writes a recording as WAV or MP3."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dictabelt.audio import decode, mp3, shape, wav
from dictabelt.audio.lame import Lame
from dictabelt.audio.limits import Limits
from dictabelt.audio.probe import TOLERANCE
from dictabelt.audio.samples import Block
from dictabelt.core.errors import Unreadable
from dictabelt.core.media import Signal

Write = Callable[[bytes], object]


def write_wav(path: Path, signal: Signal, *, write: Write, limits: Limits) -> None:
    """PCM of 16 bits with a true header, exactly `signal.samples` long.

    Raises Unreadable when the audio is not as `signal` says, within 50 ms.
    """
    with _measured(path, signal, limits) as blocks:
        write(wav.header(signal.sample_rate, signal.channels, samples=signal.samples))
        for block in blocks:
            write(block.astype("<i2", copy=False).tobytes())


def write_mp3(path: Path, signal: Signal, *, write: Write, limits: Limits, lame: Lame) -> None:
    """MP3 by the rule of `mp3`, within 50 ms of `signal.duration`. Raises as `write_wav`."""
    plan = mp3.plan(signal.sample_rate, signal.channels, samples=signal.samples)
    settings = {"rate": plan.rate, "channels": plan.channels, "kbps": plan.kbps}
    with _measured(path, signal, limits) as blocks, lame.stream(**settings) as stream:
        for piece in mp3.encode(stream, plan, blocks=_planned(blocks, signal, plan)):
            write(piece)


@contextmanager
def _measured(path: Path, signal: Signal, limits: Limits) -> Iterator[Iterator[Block]]:
    with decode.sound(path, limits) as it:
        if (it.rate, it.channels) != (signal.sample_rate, signal.channels):
            raise Unreadable("the audio has another shape than when it was measured")
        slack = int(signal.sample_rate * TOLERANCE)
        yield shape.fit(it.blocks, signal.samples, channels=signal.channels, slack=slack)


def _planned(blocks: Iterable[Block], signal: Signal, plan: mp3.Plan) -> Iterator[Block]:
    """The audio in the plan's channels and rate."""
    mixed = shape.mixed(blocks, plan.channels)
    resampled = shape.resampled(mixed, source=signal.sample_rate, target=plan.rate)
    slack = int(plan.rate * TOLERANCE)
    return shape.fit(resampled, plan.samples, channels=plan.channels, slack=slack)
