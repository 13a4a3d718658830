"""Where a player seeks to, and how often a second work is done."""

from itertools import islice

import pytest

from bench.fetch import middles, rate


@pytest.mark.parametrize("size", [4_000, 300_000, 28_800_000])
def test_parts_are_in_the_middle_half_and_as_long_as_asked(size: int) -> None:
    length = min(64 * 1024, size // 4)
    for it in islice(middles(size, 64 * 1024), 50):
        assert len(it) == length
        assert it.start >= size // 4
        assert it.stop <= size - size // 4


def test_no_part_comes_twice() -> None:
    starts = [it.start for it in islice(middles(28_800_000, 64 * 1024), 500)]
    assert len(set(starts)) == 500


def test_work_longer_than_the_round_is_done_once() -> None:
    done: list[bool] = []
    assert rate(lambda: done.append(True), 0) > 0
    assert done == [True]
