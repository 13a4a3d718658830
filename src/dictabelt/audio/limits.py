"""What a recording may be at most, so that no file can make decoding endless."""

from dataclasses import dataclass

from dictabelt.core.errors import Unreadable

RATES = range(4_000, 384_001)
"""Sampling rates that occur; 1 Hz would make a minute of MP3 out of sixty bytes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Decoded `seconds`, `channels`, and `bytes` of decoded 16-bit PCM."""

    seconds: int = 24 * 60 * 60
    channels: int = 8
    bytes: int = 16 * 1024**3

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
