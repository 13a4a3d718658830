"""What a recording may be at most, so that no file can make decoding endless."""

from dataclasses import dataclass, field

from dictabelt.audio.cells import Cells
from dictabelt.core.errors import Unreadable

RATES = range(4_000, 384_001)
"""Sampling rates that occur; 1 Hz would make a minute of MP3 out of sixty bytes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Decoded `seconds`, `channels`, and `bytes` of decoded 16-bit PCM; what decoding may cost.

    A decoder may use `cpu_seconds` of processor time and a second more for every `pace`
    seconds of audio that it gave; `memory` in bytes beyond its own code; and it is given up
    when it says nothing for `patience` seconds. The slowest decoder measured makes some
    hundreds of seconds of audio in one of processor time, and opening a file takes
    milliseconds: honest files stay far inside on machines twenty times slower.
    `cells` are the processes in which that holds.
    """

    seconds: int = 24 * 60 * 60
    channels: int = 8
    bytes: int = 16 * 1024**3
    cpu_seconds: int = 60
    pace: int = 20
    memory: int = 1024**3
    patience: int = 60
    cells: Cells = field(default_factory=Cells, repr=False, compare=False)

    def admit_shape(self, rate: int, channels: int) -> None:
        """Raises Unreadable when the sampling rate or the number of channels is out of bounds."""
        if channels not in range(1, self.channels + 1):
            raise Unreadable(f"{channels} channels; 1 to {self.channels} are supported")
        if rate not in RATES:
            raise Unreadable(f"sampled at {rate} Hz; {RATES[0]} to {RATES[-1]} are supported")

    def admit_length(self, samples: int, *, rate: int, channels: int) -> None:
        """Raises Unreadable when there is more audio than allowed; `samples` counts per channel."""
        if samples > self.seconds * rate:
            raise Unreadable(f"longer than {self.seconds} seconds of audio")
        if samples * channels * 2 > self.bytes:
            raise Unreadable(f"more than {self.bytes} bytes of decoded audio")

    def processor_seconds(self, seconds: float) -> int:
        """What may be used up by the time that `seconds` of audio are decoded."""
        return self.cpu_seconds + int(seconds / self.pace)
