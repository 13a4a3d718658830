"""The frame rule: sizes known from the sample count, sound where it should be."""

from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.recordings import heard, noise
from dictabelt.audio import lame
from dictabelt.audio.lame import LameRefused
from dictabelt.audio.mp3 import KBPS, WARM_UP, Plan, bit_rates, legal, plan
from dictabelt.audio.samples import Block, silence
from dictabelt.audio.seekable import STRETCH, encode

RATES = sorted(KBPS)
POOL = ThreadPoolExecutor(2)
LEGAL = [(rate, kbps) for rate in RATES for kbps in legal(rate)]
KILOBITS = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],  # ISO 11172-3, 2.4.2.3
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],  # ISO 13818-3, 2.4.2.3
]


def encoded(audio: Block, it: Plan) -> bytes:
    return b"".join(encode(lame.load(), it, blocks=np.array_split(audio, 3), pool=POOL))


def walked(data: bytes, rate: int) -> list[int]:
    """Where frames start, following each header's own bit rate and padding bit."""
    starts = [0]
    while starts[-1] < len(data):
        header = int.from_bytes(data[starts[-1] : starts[-1] + 4], "big")
        assert header >> 21 == 0x7FF
        mpeg_1 = rate >= 32_000
        bits = KILOBITS[not mpeg_1][header >> 12 & 15] * 1000
        samples = 1152 if mpeg_1 else 576
        starts.append(starts[-1] + samples // 8 * bits // rate + (header >> 9 & 1))
    return starts


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
    assert WARM_UP * it.frame + it.onset - it.lead == 1105


@pytest.mark.parametrize(("rate", "channels", "frame"), [(8000, 1, 288), (8000, 2, 576)])
def test_telephone_frames_have_one_size(rate: int, channels: int, frame: int) -> None:
    it = plan(rate, channels, samples=123_456)
    assert (it.size, it.start) == (it.frames * frame, WARM_UP * frame)


@pytest.mark.parametrize(
    ("rate", "nearest"),
    [(4000, 8000), (10_000, 11_025), (37_800, 32_000), (40_000, 44_100), (96_000, 48_000)],
)
def test_odd_rates_go_to_the_nearest_and_keep_their_length(rate: int, nearest: int) -> None:
    it = plan(rate, 1, samples=rate * 60)
    assert (it.rate, it.samples) == (nearest, nearest * 60)


def test_more_than_two_channels_become_one() -> None:
    assert [plan(8000, count, samples=1).channels for count in (1, 2, 3, 8)] == [1, 2, 1, 1]


@pytest.mark.parametrize(("rate", "kbps"), LEGAL)
def test_every_frame_starts_where_the_plan_says(rate: int, kbps: int) -> None:
    for channels in (1, 2):
        it = plan(rate, channels, samples=rate // 2, kbps={rate: (kbps, kbps)})
        data = encoded(noise(rate // 2, channels), it)
        assert walked(data, rate) == [it.offset(frame) for frame in range(it.frames + 1)]


@pytest.mark.parametrize("rate", [11_025, 22_050, 44_100])
def test_padding_goes_on_across_encoders(rate: int) -> None:
    frames = STRETCH * 2 + 7
    it = plan(rate, 1, samples=frames * (1152 if rate == 44_100 else 576))
    data = encoded(silence(it.samples, 1), it)
    assert walked(data, rate) == [it.offset(frame) for frame in range(it.frames + 1)]


def test_a_setting_of_bit_rates_goes_over_the_defaults() -> None:
    found = bit_rates({"8000": [16, 24], "48000": (64, 320)})
    assert found == {**KBPS, 8000: (16, 24), 48_000: (64, 320)}
    assert bit_rates({}) == KBPS


@pytest.mark.parametrize(
    ("setting", "fix"),
    [
        ({"9000": [32, 64]}, "no rate of 9000 Hz: use 8000, 11025, .* or 48000"),
        ({"kHz": [32, 64]}, "no rate of kHz Hz"),
        ({"8000": [32, 80]}, r"\[32, 80\] kb/s at 8000 Hz .* 8, 16, .*, 56 or 64$"),
        ({"16000": [320, 32]}, "give two numbers, mono and stereo, of 8, .* or 160$"),
        ({"32000": [8, 32]}, "of 32, 40, .* or 320$"),
        ({"8000": [32]}, "give two numbers"),
        ({"8000": [32, 32, 32]}, "give two numbers"),
        ({"8000": [32, -32]}, "give two numbers"),
    ],
)
def test_a_setting_that_is_not_mp3_is_refused_with_what_is(
    setting: dict[str, list[int]], fix: str
) -> None:
    with pytest.raises(ValueError, match=fix):
        bit_rates(setting)


def test_one_sample_becomes_one_frame() -> None:
    assert len(encoded(noise(1), plan(8000, 1, samples=1))) == 288


def test_sound_that_stops_short_is_noticed() -> None:
    it = plan(8000, 1, samples=80_000)
    with pytest.raises(LameRefused, match="too few"):
        encoded(noise(8000), it)
