"""Instants as vendors write them; all UTC."""

from datetime import datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def rfc2822(instant: datetime) -> str:
    """`Tue, 25 Sep 2018 23:00:00 +0000` (RFC 2822 section 3.3), of an instant in UTC."""
    # five times as fast as email.utils.format_datetime, of which LaML needs four an answer
    day, month = _DAYS[instant.weekday()], _MONTHS[instant.month - 1]
    clock = f"{instant.hour:02}:{instant.minute:02}:{instant.second:02}"
    return f"{day}, {instant.day:02} {month} {instant.year:04} {clock} +0000"


def iso_seconds(instant: datetime) -> str:
    """`2025-01-15T12:00:00Z` (RFC 3339), the fraction dropped."""
    # not strftime, which writes the year 450 with three digits
    return f"{instant.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def iso_milliseconds(instant: datetime) -> str:
    """`2023-10-23T15:55:08.234Z` (RFC 3339), the rest of the fraction dropped."""
    return f"{instant.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
