"""MP3 whose every byte count is known before encoding: the frame rule, bit rates, encoding.

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
* LAME is fed `lead` samples of silence first and its first `skip` frames are thrown
  away, so that frame boundaries fall right. Without bit reservoir no frame needs them.

Measured with the decoders of FFmpeg 5.1 and 8.1, nine rates, mono and stereo, noise:
length always frames x frame; cross-correlation finds the sound at `onset` to the
sample. In pieces of 576 samples it correlates with the original by 0.97 and more, but
for the first piece: 0.5 to 0.9 at 16 kHz and below, where that fades in.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from types import MappingProxyType

from dictabelt.audio.lame import LameRefused, Stream
from dictabelt.audio.samples import Block, silence

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

_DELAY = 576 + 529
"""Samples from LAME's input to a decoder's output: encoder delay, decoder delay (LAME's FAQ)."""
_OVERLAP = 576
"""A decoder's first granule fades in over so many samples for want of the one before."""
_TAIL = 12
"""Silent frames that push the last audible one out of LAME; it looks at most four ahead."""


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
    def skip(self) -> int:
        """Leading frames of LAME's that are thrown away."""
        return -((self.onset - _DELAY) // self.frame)

    @property
    def lead(self) -> int:
        """Samples of silence fed to LAME before the sound."""
        return self.skip * self.frame + self.onset - _DELAY

    @property
    def size(self) -> int:
        """Bytes served."""
        return self._bytes(self.skip + self.frames) - self._bytes(self.skip)

    @property
    def start(self) -> int:
        """Bytes of LAME's that are thrown away."""
        return self._bytes(self.skip)

    def _bytes(self, frames: int) -> int:
        """Bytes of LAME's first `frames`: a padding byte whenever the rest adds up to one."""
        return frames * self.frame * self.kbps * 125 // self.rate


def plan(rate: int, channels: int, *, samples: int, kbps: Kbps = KBPS) -> Plan:
    """The MP3 for so much audio: more than two channels become one, odd rates the nearest of nine.

    One, not two, because nothing says which of many channels belong left or right.
    """
    nearest = min(kbps, key=lambda known: (abs(known - rate), known))
    heard = channels if channels <= 2 else 1
    target = (samples * nearest + rate // 2) // rate
    return Plan(nearest, heard, kbps[nearest][heard - 1], target)


def encode(stream: Stream, plan: Plan, *, blocks: Iterable[Block]) -> Iterator[bytes]:
    """The `plan.size` bytes of the MP3, piece by piece; `blocks` hold exactly `plan.samples`."""
    before = silence(plan.lead, plan.channels)
    after = repeat(silence(plan.frame, plan.channels), _TAIL)
    fed = chain([before], blocks, after)
    return _window((stream.feed(block) for block in fed), plan.start, plan.size)


def _window(pieces: Iterator[bytes], start: int, size: int) -> Iterator[bytes]:
    """The `size` bytes from `start` of all `pieces` together; asks for no piece beyond."""
    position, end = 0, start + size
    for piece in pieces:
        wanted = piece[max(0, start - position) : end - position]
        position += len(piece)
        if wanted:
            yield wanted
        if position >= end:
            return
    raise LameRefused(f"{position} bytes of {end} came out")
