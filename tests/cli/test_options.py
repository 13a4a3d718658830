"""Times on the command line, read exactly or refused."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as some

from dictabelt.cli.options import lifetime, moment
from dictabelt.cli.tell import length, plain

COUNT = some.integers(0, 99_999)


@settings(deadline=None, max_examples=50)
@given(COUNT, COUNT, COUNT, COUNT)
def test_a_length_of_time_is_the_sum_of_its_parts(d: int, h: int, m: int, s: int) -> None:
    expected = timedelta(days=d, hours=h, minutes=m, seconds=s)
    assert lifetime(f"{d}d{h}h{m}m{s}s") == expected


def test_a_bare_number_counts_seconds() -> None:
    assert lifetime("90") == timedelta(seconds=90)


@settings(deadline=None, max_examples=100)
@given(some.text())
def test_any_other_text_is_refused_with_no_other_error(text: str) -> None:
    with suppress(typer.BadParameter):
        assert lifetime(text) >= timedelta(0)


@settings(deadline=None, max_examples=50)
@given(some.timedeltas(timedelta(0), timedelta(days=90_000)), some.integers(-720, 720))
def test_an_instant_is_the_same_in_every_zone(since: timedelta, minutes: int) -> None:
    at = datetime(1970, 1, 2, tzinfo=UTC) + since
    there = at.astimezone(timezone(timedelta(minutes=minutes)))
    assert moment(there.isoformat()) == at
    assert moment(there.isoformat()).tzinfo is UTC


@pytest.mark.parametrize("text", ["2026-03-03", "2026-03-03T09:14:07", "09:14Z", "", "now"])
def test_an_instant_without_a_zone_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="write 2026-"):
        moment(text)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(None, ""), (0, "0:00"), (7_400, "0:07"), (59_600, "1:00"), (3_723_000, "1:02:03")],
)
def test_a_length_is_shown_as_players_show_it(milliseconds: int | None, text: str) -> None:
    assert length(milliseconds) == text


@settings(deadline=None, max_examples=100)
@given(some.text(some.characters()))
def test_plain_text_never_breaks_a_line_or_a_terminal(text: str) -> None:
    assert plain(text).isprintable()
    assert len(plain(text)) == len(text)
    assert plain(text).encode().decode() == plain(text)
