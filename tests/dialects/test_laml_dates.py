"""Dates of filters, however SDKs and people write them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dictabelt.core.errors import Invalid
from dictabelt.dialects.laml import dates

NOON = datetime(2024, 1, 2, 12, 0, 5, tzinfo=UTC)
zones = st.integers(-1439, 1439).map(lambda it: timezone(timedelta(minutes=it)))
instants = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=zones)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2024-01-02", NOON.replace(hour=0, second=0)),
        ("2024-01-02T12:00:05Z", NOON),
        ("2024-01-02t12:00:05z", NOON),
        ("2024-01-02T12:00:05", NOON),
        ("2024-01-02 12:00:05", NOON),
        ("2024-01-02T12:00", NOON.replace(second=0)),
        ("2024-01-02T14:00:05+02:00", NOON),
        ("2024-01-02T14:00:05+0200", NOON),
        ("2024-01-02T14:00:05 02:00", NOON),
        ("2024-01-02T12:00:05.25Z", NOON.replace(microsecond=250_000)),
        ("Tue, 02 Jan 2024 12:00:05 +0000", NOON),
        ("Tue, 02 Jan 2024 12:00:05  0000", NOON),
        ("Tue, 02 Jan 2024 05:00:05 -0700", NOON),
        ("Tue, 2 Jan 2024 12:00:05 GMT", NOON),
        ("2 Jan 2024 12:00 UT", NOON.replace(second=0)),
    ],
)
def test_a_date_is_read_in_every_spelling(text: str, meant: datetime) -> None:
    assert dates.moment(text, field="DateCreated") == meant


@settings(deadline=None, max_examples=60)
@given(instants)
def test_whatever_is_written_by_rule_is_read_back(it: datetime) -> None:
    assert dates.moment(it.isoformat(), field="DateCreated") == it
    whole = it.replace(microsecond=0)
    assert dates.moment(format_datetime(whole), field="DateCreated") == whole


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2024-02-30",
        "2024-13-01",
        "2024-01-02T25:00:00Z",
        "0000-01-01",
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-23:00",
        "2024-01-02T12:00:05+99:00",
        "Tue, 02 Foo 2024 12:00:05 +0000",
        "Tue, 32 Jan 2024 12:00:05 +0000",
        "٢٠٢٤-01-02",
        "2024-01-02\x00",
        "2024-01-02T12:00:05Z" * 1_000,
        "",
    ],
)
def test_anything_else_is_refused_under_the_parameters_name(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        dates.moment(text, field="DateCreated<")
    assert refusal.value.field == "DateCreated<"


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="0123456789-:+. TZJanFebTue,", max_size=40) | st.text(max_size=40))
def test_hostile_text_is_a_date_or_refused(text: str) -> None:
    with suppress(Invalid):
        assert dates.day(text, field="DateCreated")[0].tzinfo is UTC


def test_a_day_is_the_utc_day_of_the_instant() -> None:
    start, end = dates.day("2024-01-02T23:30:00-05:00", field="DateCreated")
    assert (start, end) == (datetime(2024, 1, 3, tzinfo=UTC), datetime(2024, 1, 4, tzinfo=UTC))


def test_the_last_day_there_is_has_an_end() -> None:
    start, end = dates.day("9999-12-31", field="DateCreated")
    assert start < end
