"""Peaks: true to the samples, whatever the blocks and the zoom."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.calls import cut
from audio.recordings import noise
from dictabelt.audio.peaks import Extremes, Peaks, PeaksBuilder, samples_per_pixel
from dictabelt.audio.samples import Block
from dictabelt.core.analysis import ZOOMS


def found(*blocks: Block, rate: int = 8000, channels: int = 2) -> Peaks:
    builder = PeaksBuilder(rate, channels)
    for block in blocks:
        builder.feed(block)
    return builder.peaks()


def plainly(audio: Block, samples: int) -> Extremes:
    """Lowest and highest, a bucket at a time."""
    buckets = [audio[start : start + samples] for start in range(0, len(audio), samples)]
    return np.array([np.stack((it.min(axis=0), it.max(axis=0)), axis=1) for it in buckets])


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("samples", [1, 255, 256, 257, 5000])
def test_each_bucket_has_its_lowest_and_highest_sample(samples: int, channels: int) -> None:
    audio = noise(samples, channels)
    it = found(audio, channels=channels)
    assert np.array_equal(it.data, plainly(audio, 256))
    assert (it.length, it.channels) == (-(-samples // 256), channels)
    assert (it.rate, it.samples_per_pixel) == (8000, 256)


@given(st.integers(0, 3000), st.lists(st.integers(0, 3000), max_size=12))
def test_how_the_audio_is_cut_into_blocks_does_not_show(samples: int, places: list[int]) -> None:
    audio = noise(samples, 2)
    assert np.array_equal(found(*cut(audio, places)).data, found(audio).data)


@given(st.integers(0, 3000), st.integers(1, 20))
def test_a_coarser_zoom_is_as_if_made_from_the_samples(samples: int, factor: int) -> None:
    audio = noise(samples, 2)
    it = found(audio).coarser(factor)
    assert it.samples_per_pixel == 256 * factor
    assert it.length == -(-samples // it.samples_per_pixel)
    if samples:
        assert np.array_equal(it.data, plainly(audio, it.samples_per_pixel))


def test_zooms_can_be_made_one_from_the_other() -> None:
    finest = found(noise(100_000, 2))
    assert np.array_equal(finest.coarser(4).coarser(16).data, finest.coarser(ZOOMS[-1]).data)


def test_full_scale_is_kept() -> None:
    audio = np.array([[-32768, 0], [32767, 1]], np.int16)
    assert found(audio).data.tolist() == [[[-32768, 32767], [0, 1]]]


@pytest.mark.parametrize(
    ("rate", "samples"), [(4000, 256), (8000, 256), (16000, 512), (44100, 1280), (48000, 1536)]
)
def test_the_finest_zoom_is_about_thirty_buckets_a_second(rate: int, samples: int) -> None:
    assert samples_per_pixel(rate) == samples
    assert 15 < rate / samples < 63


def test_what_was_found_cannot_be_changed() -> None:
    for it in (found(noise(1000, 2)), found(noise(1000, 2)).coarser(2)):
        with pytest.raises(ValueError, match="read-only"):
            it.data[0, 0, 0] = 1


def test_a_block_with_another_number_of_channels_is_refused() -> None:
    with pytest.raises(ValueError, match="for 2 channels"):
        found(noise(10, 1))


def test_a_zoom_finer_than_the_finest_is_refused() -> None:
    with pytest.raises(ValueError, match="0 times coarser"):
        found(noise(10, 2)).coarser(0)
