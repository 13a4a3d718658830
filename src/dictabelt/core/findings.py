"""The nouns of findings: what listening to a recording without a model showed."""

from dataclasses import dataclass
from enum import StrEnum


class Finding(StrEnum):
    """Something that may be wrong with a recording, or worth knowing before it is shared."""

    ONE_WAY_AUDIO = "one_way_audio"
    IDENTICAL_CHANNELS = "identical_channels"
    DEAD_AIR = "dead_air"
    SILENT = "silent"
    CLIPPING = "clipping"
    WRONG_SPEED = "wrong_speed"
    DTMF = "dtmf"


@dataclass(frozen=True, slots=True)
class Tone:
    """A key that was pressed: when and on which channel, in milliseconds; never which key."""

    channel: int
    at: int
    length: int


@dataclass(frozen=True, slots=True)
class Findings:
    """`names` says what was found, the rest is what was measured; shares are 0.0 to 1.0.

    `talk` is the share of time each channel is active, `together` that of two or more at
    once, `nobody` that of none. `longest_silence` is the longest stretch without anybody and
    `longest_silence_at` where it begins, in seconds. `clipped` is the share of samples cut off,
    by channel. `alike` is the share of the sound of two channels that is the same on both; None
    when there are not two channels or never any sound. `speed` is the measured length
    divided by the expected; None when none was expected. `tones` counts all keys pressed, of
    which `tone_marks` holds the first.
    """

    names: tuple[Finding, ...]
    talk: tuple[float, ...]
    together: float
    nobody: float
    longest_silence: float
    longest_silence_at: float
    clipped: tuple[float, ...]
    alike: float | None
    speed: float | None
    tones: int
    tone_marks: tuple[Tone, ...]
