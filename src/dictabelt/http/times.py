"""Instants as vendors write them; all UTC."""

from datetime import datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


# Two digits of every number in a clock or a calendar: pages of recordings hold hundreds of dates,
# and formatting a number takes as long as three look-ups.
_TWO = tuple(f"{number:02}" for number in range(61))


def rfc2822(instant: datetime) -> str:
    """`Tue, 25 Sep 2018 23:00:00 +0000` (RFC 2822 section 3.3), of an instant in UTC."""
    day, month = _DAYS[instant.weekday()], _MONTHS[instant.month - 1]
    return f"{day}, {_TWO[instant.day]} {month} {instant.year:04} {_clock(instant)} +0000"


def iso_seconds(instant: datetime) -> str:
    """`2025-01-15T12:00:00Z` (RFC 3339), the fraction dropped."""
    return f"{_date(instant)}T{_clock(instant)}Z"


def iso_milliseconds(instant: datetime) -> str:
    """`2023-10-23T15:55:08.234Z` (RFC 3339), the rest of the fraction dropped."""
    return f"{_date(instant)}T{_clock(instant)}.{instant.microsecond // 1000:03}Z"


def iso_microseconds(instant: datetime) -> str:
    """`2026-03-03T09:14:07.482913Z` (RFC 3339)."""
    return f"{_date(instant)}T{_clock(instant)}.{instant.microsecond:06}Z"


def _date(it: datetime) -> str:
    return f"{it.year:04}-{_TWO[it.month]}-{_TWO[it.day]}"


def _clock(it: datetime) -> str:
    return f"{_TWO[it.hour]}:{_TWO[it.minute]}:{_TWO[it.second]}"
