"""Writes a variant of a recording from end to end."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dictabelt.audio import codecs, decode, mp3, seekable, shape, wav
from dictabelt.audio.lame import Lame
from dictabelt.audio.limits import Limits
from dictabelt.audio.probe import TOLERANCE
from dictabelt.audio.samples import Block
from dictabelt.audio.section import Section, mixed
from dictabelt.core.errors import Unreadable
from dictabelt.core.media import Form

Write = Callable[[bytes], object]


def write_wav(blocks: Iterable[Block], it: Section, *, write: Write) -> None:
    """PCM of 16 bits with a true header, exactly `it.count` samples long."""
    write(wav.header(it.signal.sample_rate, it.channels, samples=it.count))
    for block in blocks:
        write(block.astype("<i2", copy=False).tobytes())


@dataclass(frozen=True, slots=True)
class Mp3:
    """What MP3 is made with."""

    plan: mp3.Plan
    lame: Lame
    pool: Executor


def write_mp3(blocks: Iterable[Block], it: Section, *, by: Mp3, write: Write) -> None:
    """MP3 by the rule of `mp3`, within 50 ms of the section's length."""
    planned = _resampled(blocks, it, rate=by.plan.rate, samples=by.plan.samples)
    with closing(seekable.encode(by.lame, by.plan, blocks=planned, pool=by.pool)) as pieces:
        for piece in pieces:
            write(piece)


def write_codec(blocks: Iterable[Block], it: Section, *, form: Form, write: Write) -> None:
    """Ogg Opus or FLAC, in the section's rate or the next one that the form knows."""
    rate = codecs.rate(form, it.signal.sample_rate)
    samples = (it.count * rate + it.signal.sample_rate // 2) // it.signal.sample_rate
    heard = codecs.Shape(rate, folded(it.channels), samples)
    planned = _resampled(blocks, it, rate=rate, samples=samples)
    codecs.encode(planned, heard, form=form, write=write)


def folded(channels: int) -> int:
    """How many channels a coded form has: of more than two nothing says which belong where."""
    return channels if channels <= 2 else 1


@contextmanager
def heard(path: Path, it: Section, *, limits: Limits) -> Iterator[Iterator[Block]]:
    """The blocks of a section, decoded from the start.

    Raises Unreadable when the audio is not as the signal says, within 50 ms.
    """
    signal = it.signal
    with decode.sound(path, limits) as sound:
        if (sound.rate, sound.channels) != (signal.sample_rate, signal.channels):
            raise Unreadable("the audio has another shape than when it was measured")
        slack = int(signal.sample_rate * TOLERANCE)
        whole = shape.fit(sound.blocks, signal.samples, channels=signal.channels, slack=slack)
        yield (mixed(block, it.mix) for block in _cut(whole, it))


def _cut(blocks: Iterable[Block], it: Section) -> Iterator[Block]:
    position, end = 0, it.first + it.count
    for block in blocks:
        wanted = block[max(0, it.first - position) : max(0, end - position)]
        position += len(block)
        if len(wanted):
            yield wanted
        if end <= position and end < it.signal.samples:
            return


def _resampled(blocks: Iterable[Block], it: Section, *, rate: int, samples: int) -> Iterator[Block]:
    channels = folded(it.channels)
    resampled = shape.resampled(
        shape.mixed(blocks, channels), source=it.signal.sample_rate, target=rate
    )
    slack = int(rate * TOLERANCE)
    return shape.fit(resampled, samples, channels=channels, slack=slack)


def plan(it: Section, kbps: mp3.Kbps) -> mp3.Plan:
    """The MP3 of a section."""
    return mp3.plan(it.signal.sample_rate, it.channels, samples=it.count, kbps=kbps)
