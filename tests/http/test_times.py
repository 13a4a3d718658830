"""Instants on the wire: read back, they are what they were, as far as the format tells."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from hypothesis import given
from hypothesis import strategies as st

from dictabelt.http.times import iso_microseconds, iso_milliseconds, iso_seconds, rfc2822

INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis wants naive bounds


@given(INSTANTS)
def test_rfc2822_tells_the_second_in_utc(instant: datetime) -> None:
    text = rfc2822(instant)
    assert parsedate_to_datetime(text) == instant.replace(microsecond=0)
    assert text.endswith(" +0000")


@given(INSTANTS)
def test_iso_seconds_drops_the_fraction(instant: datetime) -> None:
    text = iso_seconds(instant)
    assert datetime.fromisoformat(text) == instant.replace(microsecond=0)
    assert (len(text), text[-1]) == (20, "Z")


@given(INSTANTS)
def test_iso_milliseconds_never_rounds_up(instant: datetime) -> None:
    text = iso_milliseconds(instant)
    assert timedelta(0) <= instant - datetime.fromisoformat(text) < timedelta(milliseconds=1)
    assert (len(text), text[-1]) == (24, "Z")


@given(INSTANTS)
def test_iso_microseconds_tells_all(instant: datetime) -> None:
    text = iso_microseconds(instant)
    assert datetime.fromisoformat(text) == instant
    assert (len(text), text[-1]) == (27, "Z")
