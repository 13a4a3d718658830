"""MP3 whose every byte count is known before encoding: the frame rule and bit rates.

A player that finds no Xing header plays all there is, encoder delay and padding
included. LAME and a decoder together delay by 1105 samples (138 ms at 8 kHz), so
what LAME says is not served as it is. The rule, all of it from the sample count:

* `frames`: as many as hold the sound and 576 samples before it, but never more than
  48 ms beyond the sound, and at least one. A frame is 576 samples below 32 kHz, else
  1152. Only where a frame is longer than 48 ms may the MP3 be shorter than the sound:
  by up to 24 ms at 8 kHz, 4 ms at 11.025 kHz.
* `onset`: where the sound starts in the MP3: what the frames have to spare, up to 576
  samples. Sound within the first 576 samples fades in, as a decoder has no granule
  before them: none of it at 24, 44.1 and 48 kHz, up to 4 ms at 22.05 kHz, 6 at 32,
  24 at 16, 48 at 12, 52 at 11.025 and 72 ms at 8 kHz.
* LAME is fed `lead` samples before those of the first frame that is wanted, silence
  before the sound, and its first WARM_UP frames are thrown away, so that frame
  boundaries fall right and no frame hears that the encoder just started. Without bit
  reservoir no frame needs them.

Measured with the decoders of FFmpeg 5.1 and 8.1, nine rates, mono and stereo, noise:
length always frames x frame; cross-correlation finds the sound at `onset` to the
sample. In pieces of 576 samples it correlates with the original by 0.97 and more, but
for the first piece: 0.5 to 0.9 at 16 kHz and below, where that fades in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

Kbps = Mapping[int, tuple[int, int]]
"""Kilobits a second for mono and for stereo, by sampling rate."""

KBPS: Kbps = MappingProxyType(
    {
        8_000: (32, 64),
        11_025: (32, 64),
        12_000: (32, 64),
        16_000: (48, 96),
        22_050: (56, 112),
        24_000: (64, 128),
        32_000: (64, 128),
        44_100: (96, 192),
        48_000: (96, 192),
    }
)
"""Telephone defaults. A frame is whole bytes at all rates but 11.025, 22.05 and 44.1 kHz."""

WARM_UP = 6
"""Frames after which an encoder makes the same kinds of block as one that ran all along.

Four were always enough at 576 samples a frame, two at 1152 (LAME 3.100 and 4.0).
"""
_DELAY = 576 + 529
"""Samples from LAME's input to a decoder's output: encoder delay, decoder delay (LAME's FAQ)."""
_OVERLAP = 576
"""A decoder's first granule fades in over so many samples for want of the one before."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The shape of one MP3; see the module's rule. `samples` is per channel at `rate`."""

    rate: int
    channels: int
    kbps: int
    samples: int

    @property
    def frame(self) -> int:
        """Samples in one MP3 frame (ISO 11172-3, 13818-3)."""
        return 1152 if self.rate >= 32_000 else 576

    @property
    def frames(self) -> int:
        """MP3 frames served."""
        wanted = -((self.samples + _OVERLAP) // -self.frame)
        allowed = (self.samples + self.rate * 48 // 1000) // self.frame
        return max(1, min(wanted, allowed))

    @property
    def onset(self) -> int:
        """Samples of silence that a player hears before the sound."""
        return min(max(0, self.frames * self.frame - self.samples), _OVERLAP)

    @property
    def lead(self) -> int:
        """Samples from LAME's first to the sound, for the MP3's first frame to come out right."""
        return WARM_UP * self.frame + self.onset - _DELAY

    @property
    def size(self) -> int:
        """Bytes served."""
        return self.offset(self.frames)

    @property
    def start(self) -> int:
        """Bytes of LAME's that are thrown away."""
        return self._bytes(WARM_UP)

    def offset(self, frame: int) -> int:
        """The byte at which that frame of the MP3 starts."""
        return self._bytes(WARM_UP + frame) - self.start

    def _bytes(self, frames: int) -> int:
        """Bytes of LAME's first `frames`, of which the first never has a padding byte."""
        whole, rest = divmod(self.frame * self.kbps * 125, self.rate)
        return frames * whole - (frames - 1) * rest // -self.rate


def plan(rate: int, channels: int, *, samples: int, kbps: Kbps = KBPS) -> Plan:
    """The MP3 for so much audio: more than two channels become one, odd rates the nearest of nine.

    One, not two, because nothing says which of many channels belong left or right.
    """
    nearest = min(kbps, key=lambda known: (abs(known - rate), known))
    heard = channels if channels <= 2 else 1
    target = (samples * nearest + rate // 2) // rate
    return Plan(nearest, heard, kbps[nearest][heard - 1], target)


_MPEG_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MPEG_2_5 = (8, 16, 24, 32, 40, 48, 56, 64)


def legal(rate: int) -> tuple[int, ...]:
    """The bit rates of Layer III at one of the nine rates (ISO 11172-3, 13818-3; 2.5: LAME's)."""
    if rate >= 32_000:
        return _MPEG_1
    return _MPEG_2 if rate >= 16_000 else _MPEG_2_5


def bit_rates(setting: Mapping[str, Sequence[int]]) -> Kbps:
    """The defaults with a setting's `{"8000": [mono, stereo]}` over them.

    Raises ValueError, whose words say what to write instead.
    """
    changed = dict(_pair(rate, kbps) for rate, kbps in setting.items())
    return MappingProxyType({**KBPS, **changed})


def _pair(rate: str, kbps: Sequence[int]) -> tuple[int, tuple[int, int]]:
    known = next((it for it in KBPS if str(it) == rate), None)
    if known is None:
        raise ValueError(f"MP3 has no rate of {rate} Hz: use {_listed(KBPS)}")
    choice = f"give two numbers, mono and stereo, of {_listed(legal(known))}"
    match tuple(kbps):
        case (mono, stereo) if {mono, stereo} <= set(legal(known)):
            return known, (mono, stereo)
    raise ValueError(f"{list(kbps)} kb/s at {rate} Hz is not MP3: {choice}")


def _listed(numbers: Mapping[int, object] | Sequence[int]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} or {last}"
