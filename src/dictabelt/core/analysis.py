"""The nouns of an analysis: what was drawn and found when a media was listened to once."""

from dataclasses import dataclass
from datetime import datetime

from dictabelt.core.damage import Damage
from dictabelt.core.findings import Findings
from dictabelt.core.ids import MediaId, RecordingId

ZOOMS = (1, 4, 16, 64)
"""How many of the finest buckets go into one of a drawing."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What listening gives: peaks in audiowaveform's binary form, and findings."""

    peaks: bytes
    findings: Findings


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is kept of it; `peaks` is the key of their bytes, `fault` why there are none.

    `damage` is what a check found wrong with the peaks, which are drawn anew then.
    """

    media: MediaId
    recording: RecordingId
    made_at: datetime
    analyser: str
    findings: Findings | None = None
    peaks: str | None = None
    fault: str | None = None
    damage: Damage | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """Peaks as a player wants them: a zoom (one of ZOOMS, times coarser), bits, JSON or not."""

    zoom: int = 1
    bits: int = 8
    as_json: bool = True
