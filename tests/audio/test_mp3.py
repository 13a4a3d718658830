"""The frame rule: sizes known from the sample count, sound where it should be."""

import io
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.recordings import heard, noise
from dictabelt.audio import lame
from dictabelt.audio.lame import LameRefused
from dictabelt.audio.mp3 import KBPS, Plan, encode, plan
from dictabelt.audio.samples import Block

RATES = sorted(KBPS)


def encoded(audio: Block, it: Plan) -> bytes:
    out = io.BytesIO()
    with lame.load().stream(rate=it.rate, channels=it.channels, kbps=it.kbps) as stream:
        for piece in encode(stream, it, blocks=np.array_split(audio, 3)):
            out.write(piece)
    return out.getvalue()


def lag(original: Block, found: Block) -> int:
    """Samples by which `found` is late, by cross-correlation of the middle."""
    quarter = len(original) // 4
    middle = original[quarter : 3 * quarter].astype(float)
    return int(np.correlate(found.astype(float), middle, "valid").argmax()) - quarter


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", RATES)
def test_size_length_and_place_of_the_sound_are_as_planned(rate: int, channels: int) -> None:
    for samples in (rate // 4, rate // 4 + 333):
        audio = noise(samples, channels)
        it = plan(rate, channels, samples=samples)
        data = encoded(audio, it)
        found = heard(data)
        assert len(data) == it.size
        assert len(found) == it.frames * it.frame
        for channel in range(channels):
            assert lag(audio[:, channel], found[:, channel]) == it.onset


@pytest.mark.parametrize("rate", RATES)
def test_the_sound_is_whole_but_for_the_fade_in(rate: int) -> None:
    audio = noise(rate)
    it = plan(rate, 1, samples=rate)
    found = heard(encoded(audio, it))[it.onset :]
    both = min(len(audio), len(found))
    for start in chain([576], range(1152, both - 575, 576)):
        piece = slice(start, start + 576)
        likeness = np.corrcoef(audio[piece].ravel(), found[piece].ravel())[0, 1]
        assert likeness > 0.97, start


@given(st.sampled_from(RATES), st.integers(1, 2), st.integers(1, 10**9))
def test_an_mp3_is_never_50_ms_off_once_it_is_a_frame_long(
    rate: int, channels: int, samples: int
) -> None:
    it = plan(rate, channels, samples=samples)
    off = (it.frames * it.frame - samples) / rate
    assert off > -0.025
    assert off < 0.0481 or it.frames == 1
    assert 0 <= it.onset <= 576
    assert it.lead >= 0
    assert (it.skip * it.frame) + it.onset - it.lead == 1105


@pytest.mark.parametrize(("rate", "channels", "frame"), [(8000, 1, 288), (8000, 2, 576)])
def test_telephone_frames_have_one_size(rate: int, channels: int, frame: int) -> None:
    it = plan(rate, channels, samples=123_456)
    assert (it.size, it.start) == (it.frames * frame, it.skip * frame)


@pytest.mark.parametrize(
    ("rate", "nearest"),
    [(4000, 8000), (10_000, 11_025), (37_800, 32_000), (40_000, 44_100), (96_000, 48_000)],
)
def test_odd_rates_go_to_the_nearest_and_keep_their_length(rate: int, nearest: int) -> None:
    it = plan(rate, 1, samples=rate * 60)
    assert (it.rate, it.samples) == (nearest, nearest * 60)


def test_more_than_two_channels_become_one() -> None:
    assert [plan(8000, count, samples=1).channels for count in (1, 2, 3, 8)] == [1, 2, 1, 1]


def test_bit_rates_can_be_set() -> None:
    it = plan(8000, 2, samples=80_000, kbps={8000: (16, 24)})
    assert (it.kbps, len(encoded(noise(80_000, 2), it))) == (24, it.size)


def test_one_sample_becomes_one_frame() -> None:
    assert len(encoded(noise(1), plan(8000, 1, samples=1))) == 288


def test_an_encoder_that_stops_short_is_noticed() -> None:
    it = plan(8000, 1, samples=80_000)
    with pytest.raises(LameRefused, match="came out"):
        encoded(noise(8000), it)
