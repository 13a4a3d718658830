"""Listens to a recording without a model and says what may be wrong with it.

Better to miss something than to cry wolf; each threshold is where ordinary calls are far from.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dictabelt.audio.clipping import Clipping
from dictabelt.audio.dtmf import Dtmf
from dictabelt.audio.frames import Framer, Frames, apart
from dictabelt.audio.levels import FRAMES_PER_SECOND, Levels, LevelsBuilder, powers
from dictabelt.audio.likeness import Likeness
from dictabelt.audio.samples import Block, silence
from dictabelt.audio.speed import true_rate
from dictabelt.audio.talk import active, heard, talk
from dictabelt.core.findings import Finding, Findings

DEAD_AIR = 10.0
"""Seconds without anybody: a caller has asked whether somebody is there, or hung up."""

CLIPPED = 0.001
"""The share of samples of a channel: eight a second at 8 kHz; a shout in a call has fewer."""

ONE_WAY = 10 * FRAMES_PER_SECOND
"""Frames of the shortest call with two sides."""

TALKED = 3 * FRAMES_PER_SECOND
"""Frames that one side of one-way audio must have: more than a greeting."""

UNHEARD = FRAMES_PER_SECOND // 4
"""Frames that the other side may have: less than a word."""

SPEECH_RANGE = 20
"""Half decibels between loud and soft frames of speech, at least; noise and tones have 4."""


class FindingsBuilder:
    """Listens to audio that comes in blocks of any length."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        hop = round(rate / (2 * FRAMES_PER_SECOND))
        self._framer = Framer(2 * hop, channels)
        self._hop = hop
        self._samples = 0
        self._levels = LevelsBuilder(channels)
        self._clipping = Clipping(channels)
        self._dtmf = Dtmf(rate, channels, hop=hop)
        self._likeness = Likeness() if channels == 2 else None

    def feed(self, block: Block) -> None:
        """The next audio. Raises ValueError on another number of channels."""
        frames = self._framer.feed(block)
        self._samples += len(block)
        self._clipping.feed(block)
        if len(frames):
            self._hear(frames)

    def findings(self, *, expected_seconds: float | None = None) -> Findings:
        """All that was found; the end, to be asked for once.

        `expected_seconds` is how long the call was by somebody else's clock.
        """
        self._hear_rest()
        levels = self._levels.levels()
        measured = self._measured(levels, expected_seconds)
        true = true_rate(self._rate, self._samples / self._rate, expected=expected_seconds)
        said = {
            Finding.ONE_WAY_AUDIO: one_way(levels),
            Finding.IDENTICAL_CHANNELS: self._likeness is not None and self._likeness.identical,
            Finding.SILENT: silent(levels),
            Finding.DEAD_AIR: measured.longest_silence > DEAD_AIR and not silent(levels),
            Finding.CLIPPING: max(measured.clipped) > CLIPPED,
            Finding.WRONG_SPEED: true is not None,
            Finding.DTMF: measured.tones > 0,
        }
        return replace(measured, names=tuple(it for it in Finding if said[it]))

    def _measured(self, levels: Sequence[Levels], expected_seconds: float | None) -> Findings:
        it = talk([active(channel) for channel in levels])
        frames_per_second = self._rate / (2 * self._hop)
        expected = max(0.0, expected_seconds or 0.0)
        tones, marks = self._dtmf.tones()
        return Findings(
            names=(),
            talk=it.shares,
            together=it.together,
            nobody=it.nobody,
            longest_silence=it.longest / frames_per_second,
            longest_silence_at=it.longest_at / frames_per_second,
            clipped=self._clipping.shares,
            alike=self._likeness.share if self._likeness else None,
            speed=self._samples / self._rate / expected if expected else None,
            tones=tones,
            tone_marks=marks,
        )

    def _hear(self, frames: Frames) -> None:
        channels = apart(frames)
        power = powers(channels)
        self._levels.feed(power)
        self._dtmf.feed(channels.reshape(len(channels), -1, self._hop))
        if self._likeness:
            self._likeness.feed(channels, power)

    def _hear_rest(self) -> None:
        """The end that fills no frame, with silence behind it."""
        rest = self._framer.rest
        if len(rest):
            self._hear(self._framer.feed(silence(2 * self._hop - len(rest), rest.shape[1])))


def silent(levels: Sequence[Levels]) -> bool:
    """Whether there is nothing to hear on any channel; also when there is no audio at all."""
    return not any(heard(it).any() for it in levels)


def one_way(levels: Sequence[Levels]) -> bool:
    """Whether one of two sides talks and nothing at all came from the other, not even noise.

    A side that only listens sends the noise of its room and line, and is no finding.
    """
    if len(levels) != 2 or len(levels[0]) < ONE_WAY:
        return False
    nothing = [int(np.count_nonzero(heard(it))) <= UNHEARD for it in levels]
    return nothing[0] != nothing[1] and _speaks(levels[nothing.index(False)])


def _speaks(levels: Levels) -> bool:
    talked = levels[active(levels)]
    if len(talked) < TALKED:
        return False
    loud, soft = np.percentile(talked, (5, 95))
    return bool(soft - loud >= SPEECH_RANGE)
