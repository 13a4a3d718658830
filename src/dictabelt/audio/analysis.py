"""Everything that is measured on audio, in one pass over it."""

from collections.abc import Iterable
from dataclasses import dataclass

from dictabelt.audio.findings import FindingsBuilder
from dictabelt.audio.frames import slabs
from dictabelt.audio.peaks import Peaks, PeaksBuilder
from dictabelt.audio.samples import Block
from dictabelt.core.findings import Findings

SLAB = 32 * 1024
"""Samples of each channel looked at together: they stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What to draw of a recording and what listening to it showed."""

    peaks: Peaks
    findings: Findings


def analyse(
    blocks: Iterable[Block],
    rate: int,
    *,
    channels: int,
    expected_seconds: float | None = None,
) -> Measured:
    """Peaks and findings of audio of any length, the same however it is cut into blocks.

    Keeps 350 bytes a second of stereo and a slab of audio. Raises ValueError when a block has
    another number of channels, and whatever `blocks` raises.
    """
    peaks = PeaksBuilder(rate, channels)
    findings = FindingsBuilder(rate, channels)
    for slab in slabs(blocks, SLAB):
        peaks.feed(slab)
        findings.feed(slab)
    return Measured(peaks.peaks(), findings.findings(expected_seconds=expected_seconds))
