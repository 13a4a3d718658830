"""Reads the instants that vendors write."""

from datetime import datetime
from email.utils import parsedate_to_datetime


def from_rfc2822(text: str) -> datetime:
    return parsedate_to_datetime(text)


def from_iso(text: str) -> datetime:
    """RFC 3339 with its zone, without the fraction, which vendors cut off in different places."""
    return datetime.fromisoformat(text).replace(microsecond=0)
