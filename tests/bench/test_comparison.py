"""Comparisons: pairs in turns, their median, and what a promise needs."""

from collections.abc import Iterator

import pytest

from bench.comparison import Comparison, Measure, Pair, Row, Side, measured
from bench.meter import WrongAnswer


def row(*ratios: float) -> Row:
    return Row("a", "b", 0.5, [Pair(Measure(10 * it, None), Measure(10, None)) for it in ratios])


def test_the_ratio_is_the_median_of_the_pairs() -> None:
    assert row(0.9, 0.1, 0.4).ratio == pytest.approx(0.4)
    assert row(0.9, 0.1, 0.4).ratios == pytest.approx([0.1, 0.4, 0.9])


@pytest.mark.parametrize(("ratio", "kept"), [(0.49, False), (0.5, True), (0.51, True)])
def test_a_promise_is_kept_from_its_figure_on(ratio: float, kept: bool) -> None:
    assert row(ratio).kept is kept


def test_a_row_without_pairs_keeps_nothing() -> None:
    assert row().ratio is None
    assert not row().kept


def test_processor_time_gives_a_ratio_that_waiting_does_not_change() -> None:
    alone = Pair(Measure(1000, 0.001), Measure(2000, 0.0005))
    disturbed = Pair(Measure(900, 0.001), Measure(1000, 0.0005))
    assert alone.processor_ratio == disturbed.processor_ratio == pytest.approx(0.5)
    assert disturbed.theirs.busy == pytest.approx(0.5)


def test_the_sides_take_turns_after_a_warm_up() -> None:
    turns: list[tuple[str, float]] = []

    def side(name: str) -> Side:
        def measure(seconds: float) -> Measure:
            turns.append((name, seconds))
            return Measure(1, None)

        return measure

    comparison = Comparison("a", "b", 1, ours=side("ours"), theirs=side("theirs"))
    assert len(measured(comparison, seconds=2, rounds=3).pairs) == 3
    assert [name for name, _ in turns] == ["ours", "theirs"] * 4
    assert [seconds == 2 for _, seconds in turns] == [False] * 2 + [True] * 6


def test_long_work_has_few_rounds_and_no_warm_up() -> None:
    turns: list[float] = []

    def side(seconds: float) -> Measure:
        turns.append(seconds)
        return Measure(1, None)

    long = Comparison("a", "b", None, ours=side, theirs=side, rounds=2)
    assert len(measured(long, seconds=3, rounds=7).pairs) == 2
    assert len(measured(long, seconds=3, rounds=1).pairs) == 1
    assert turns == [3] * 6


def test_where_nothing_is_promised_any_figure_will_do() -> None:
    pairs = [Pair(Measure(1, None), Measure(1000, None))]
    assert Row("a", "b", None, pairs).kept
    assert not Row("a", "b", None).kept


def test_one_wrong_answer_fails_the_whole_row() -> None:
    def answers() -> Iterator[Measure]:
        yield Measure(1, None)
        yield Measure(1, None)
        raise WrongAnswer("500")

    given = answers()
    comparison = Comparison(
        "a", "b", 0.1, ours=lambda _: next(given), theirs=lambda _: Measure(1, None)
    )
    failed = measured(comparison, seconds=1, rounds=3)
    assert (failed.pairs, failed.wrong, failed.kept) == ([], "500", False)
