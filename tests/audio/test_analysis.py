"""The analysis: one pass, the same however the audio comes, in memory that does not grow."""

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.calls import RATE, call, cut, hiss, pause, press
from dictabelt.audio.analysis import SLAB, analyse
from dictabelt.audio.findings import FindingsBuilder
from dictabelt.audio.samples import Block
from dictabelt.core.findings import Finding, Findings

EVERYTHING = np.concatenate(
    (call(), np.repeat(press(3, 0.2), 2, axis=1), pause(11, channels=2), call()[:, ::-1])
)
PLACES = st.lists(st.integers(0, len(EVERYTHING)), max_size=12)

WHOLE = analyse([EVERYTHING], RATE, channels=2)


def fed(blocks: Iterator[Block]) -> Findings:
    builder = FindingsBuilder(RATE, 2)
    for block in blocks:
        builder.feed(block)
    return builder.findings()


def test_peaks_and_findings_come_of_one_pass() -> None:
    it = analyse(iter([EVERYTHING]), RATE, channels=2, expected_seconds=60)
    assert it.peaks.length == -(-len(EVERYTHING) // 256)
    assert it.findings.names == (Finding.DEAD_AIR, Finding.DTMF)
    assert it.findings.speed == pytest.approx(len(EVERYTHING) / RATE / 60)


@settings(max_examples=10, deadline=None)
@given(PLACES)
def test_how_the_audio_is_cut_into_blocks_does_not_show(places: list[int]) -> None:
    it = analyse(cut(EVERYTHING, places), RATE, channels=2)
    assert it.findings == WHOLE.findings
    assert np.array_equal(it.peaks.data, WHOLE.peaks.data)


@settings(max_examples=10, deadline=None)
@given(PLACES)
def test_findings_alone_are_as_independent_of_the_blocks(places: list[int]) -> None:
    assert fed(cut(EVERYTHING, places)) == WHOLE.findings


def test_blocks_of_a_codec_s_frame_are_as_good_as_one() -> None:
    it = analyse(cut(EVERYTHING, range(0, len(EVERYTHING), 576)), RATE, channels=2)
    assert it.findings == WHOLE.findings


@pytest.mark.parametrize("samples", [0, 1, 79, 80, 161, SLAB - 1, SLAB, SLAB + 1])
@pytest.mark.parametrize("rate", [4000, 8000, 44100, 384000])
def test_any_length_at_any_rate_is_analysed(samples: int, rate: int) -> None:
    audio = hiss(samples / rate, -20, rate=rate, channels=3)
    it = analyse([audio], rate, channels=3)
    assert it.peaks.channels == len(it.findings.talk) == 3
    assert 0 <= it.findings.nobody <= 1


def test_a_block_with_another_number_of_channels_is_refused() -> None:
    with pytest.raises(ValueError, match="for 2 channels"):
        analyse([EVERYTHING[:, :1]], RATE, channels=2)


def heap(minutes: int) -> int:
    """The most memory that an analysis of so long a call needs at once."""
    second = hiss(1, -30, channels=2)
    tracemalloc.start()
    analyse((second for _ in range(60 * minutes)), RATE, channels=2)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_memory_grows_by_far_less_than_the_audio() -> None:
    audio = 15 * 60 * RATE * 2 * 2
    assert heap(20) - heap(5) < audio / 20
