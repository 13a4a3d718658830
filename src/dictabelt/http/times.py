"""Instants as vendors write them; all UTC."""

from datetime import datetime
from email.utils import format_datetime


def rfc2822(instant: datetime) -> str:
    """`Tue, 25 Sep 2018 23:00:00 +0000` (RFC 2822 section 3.3)."""
    return format_datetime(instant.replace(microsecond=0))


def iso_seconds(instant: datetime) -> str:
    """`2025-01-15T12:00:00Z` (RFC 3339), the fraction dropped."""
    # not strftime, which writes the year 450 with three digits
    return f"{instant.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def iso_milliseconds(instant: datetime) -> str:
    """`2023-10-23T15:55:08.234Z` (RFC 3339), the rest of the fraction dropped."""
    return f"{instant.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
