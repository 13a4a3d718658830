"""The formats of audiowaveform: byte for byte as described, and sceptical when read."""

import json
import struct
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.recordings import noise
from dictabelt.audio.peaks import Peaks, PeaksBuilder
from dictabelt.audio.waveform import read_dat, write_dat, write_json

HEADER = "<iIiiIi"
PIXELS = [[[-300, 300], [-255, 255]], [[-32768, 32767], [-256, 1]], [[0, 0], [1, 2]]]


def few() -> Peaks:
    return Peaks(8000, 256, np.array(PIXELS, np.int16))


def many(samples: int = 5000, channels: int = 2) -> Peaks:
    builder = PeaksBuilder(8000, channels)
    builder.feed(noise(samples, channels))
    return builder.peaks()


def test_the_binary_form_has_the_header_of_version_2_and_pairs_by_channel() -> None:
    header = struct.pack(HEADER, 2, 0, 8000, 256, 3, 2)
    assert write_dat(few()) == header + struct.pack("<12h", *np.ravel(PIXELS))


def test_the_binary_form_in_8_bits_says_so() -> None:
    header = struct.pack(HEADER, 2, 1, 8000, 256, 3, 2)
    values = [-1, 1, 0, 0, -128, 127, -1, 0, 0, 0, 0, 0]
    assert write_dat(few(), 8) == header + struct.pack("<12b", *values)


@pytest.mark.parametrize("bits", [8, 16])
def test_the_json_form_holds_the_same_as_the_binary_one(bits: int) -> None:
    said = json.loads(write_json(few(), bits))
    values = np.frombuffer(write_dat(few(), bits)[24:], {8: "i1", 16: "<i2"}[bits])
    assert list(said) == [
        "version",
        "channels",
        "sample_rate",
        "samples_per_pixel",
        "bits",
        "length",
        "data",
    ]
    assert said.pop("data") == values.tolist()
    assert list(said.values()) == [2, 2, 8000, 256, bits, 3]


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("samples", [0, 1, 5000])
def test_what_was_written_is_read(samples: int, channels: int) -> None:
    peaks = many(samples, channels)
    it = read_dat(write_dat(peaks))
    assert np.array_equal(it.data, peaks.data)
    assert it.data.shape == peaks.data.shape
    assert (it.rate, it.samples_per_pixel) == (peaks.rate, peaks.samples_per_pixel)


def test_8_bits_are_read_as_the_16_they_stand_for() -> None:
    it = read_dat(write_dat(few(), 8))
    assert it.data.tolist()[1] == [[-32768, 32512], [-256, 0]]
    assert write_dat(it, 8) == write_dat(few(), 8)


@pytest.mark.parametrize(
    "header",
    [
        (1, 0, 8000, 256, 3, 2),
        (3, 0, 8000, 256, 3, 2),
        (2, 2, 8000, 256, 3, 2),
        (2, 1, 8000, 256, 3, 2),
        (2, 0, 0, 256, 3, 2),
        (2, 0, -8000, 256, 3, 2),
        (2, 0, 8000, 0, 3, 2),
        (2, 0, 8000, -1, 3, 2),
        (2, 0, 8000, 256, 2, 2),
        (2, 0, 8000, 256, 4, 2),
        (2, 0, 8000, 256, 0xFFFFFFFF, 2),
        (2, 0, 8000, 256, 3, 0),
        (2, 0, 8000, 256, 3, -2),
        (2, 0, 8000, 256, 3, 0x7FFFFFFF),
    ],
)
def test_a_header_that_lies_is_refused(header: tuple[int, ...]) -> None:
    body = write_dat(few())[24:]
    with pytest.raises(ValueError, match="peaks:"):
        read_dat(struct.pack(HEADER, *header) + body)


def test_a_lowest_sample_above_the_highest_is_refused() -> None:
    body = struct.pack("<2h", 5, 4)
    with pytest.raises(ValueError, match="above the highest"):
        read_dat(struct.pack(HEADER, 2, 0, 8000, 256, 1, 1) + body)


@given(st.integers(0, 183))
def test_a_torn_end_is_refused(kept: int) -> None:
    whole = write_dat(many())
    with pytest.raises(ValueError, match="peaks:"):
        read_dat(whole[:kept])


@given(st.binary(max_size=60), st.integers(0, 59))
def test_whatever_is_read_is_refused_or_holds_together(noise: bytes, place: int) -> None:
    whole = write_dat(few())
    data = whole[:place] + noise + whole[place + len(noise) :]
    try:
        it = read_dat(data)
    except ValueError:
        return
    assert write_dat(it, 8 if data[4] else 16) == data


@pytest.mark.parametrize("bits", [0, 12, 24])
def test_other_widths_are_refused(bits: int) -> None:
    for write in (write_dat, write_json):
        with pytest.raises(ValueError, match="8 or 16"):
            write(few(), bits)


def day(values: int = 1_000_000) -> Peaks:
    """So many that they are written in many pieces."""
    rough = np.random.default_rng(1).integers(-32768, 32768, (values // 4, 2, 2))
    return Peaks(8000, 256, np.sort(rough.astype(np.int16), axis=2))


@pytest.mark.parametrize("write", [write_dat, write_json])
@pytest.mark.parametrize("bits", [8, 16])
def test_a_long_recording_keeps_every_value_in_its_place(
    write: Callable[[Peaks, int], bytes], bits: int
) -> None:
    peaks = day(100_000)
    if write is write_json:
        found = json.loads(write(peaks, bits))["data"]
    else:
        found = np.frombuffer(write(peaks, bits)[24:], {8: "i1", 16: "<i2"}[bits]).tolist()
    exact = peaks.data.ravel() if bits == 16 else np.trunc(peaks.data.ravel() / 256)
    assert found == exact.tolist()


@pytest.mark.parametrize("write", [write_dat, write_json])
def test_to_write_takes_little_more_memory_than_what_is_written(
    write: Callable[[Peaks, int], bytes],
) -> None:
    peaks = day()
    tracemalloc.start()
    written = write(peaks, 8)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1.5 * len(written)


@contextmanager
def turns() -> Iterator[list[int]]:
    """How often another thread got its turn."""
    taken, over = [0], threading.Event()

    def take() -> None:
        while not over.is_set():
            taken[0] += 1
            time.sleep(0)

    before = sys.getswitchinterval()
    other = threading.Thread(target=take)
    sys.setswitchinterval(1e-5)
    other.start()
    try:
        yield taken
    finally:
        over.set()
        other.join()
        sys.setswitchinterval(before)


def test_other_threads_go_on_while_json_is_written() -> None:
    peaks = day()
    with turns() as taken:
        before = taken[0]
        write_json(peaks, 16)
        assert taken[0] - before > 50
