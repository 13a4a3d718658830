"""The dates of filters: RFC 2822, ISO 8601, or a day alone; all that SDKs and people send."""

import re
from datetime import UTC, datetime, timedelta, timezone

from dictabelt.core.errors import Invalid

DAY = timedelta(days=1)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# A plus that nobody encoded arrives as a space.
_TIME, _ZONE = r"\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?", r"[Zz]|([+ -])(\d\d):?(\d\d)"
_ISO = re.compile(rf"(\d{{4}}-\d\d-\d\d)(?:[Tt ]({_TIME})(?:{_ZONE})?)?", re.ASCII)
_RFC2822 = re.compile(
    r"(?:[A-Z][a-z]{2},\s*)?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d(?::\d\d)?)"
    r" +(?:GMT|UTC?|Z|([+-]?)(\d\d)(\d\d))",
    re.ASCII,
)


def moment(text: str, *, field: str) -> datetime:
    """The instant in UTC; midnight of a day alone. Raises Invalid."""
    try:
        found = _iso(text) or _rfc2822(text)
        if found is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # the 30th of February, hour 25, the year 0, or a zone that leads out of the years
    raise Invalid(
        f"{field} must be a date in RFC 2822 or ISO 8601, such as 2024-01-31", field=field
    )


def day(text: str, *, field: str) -> tuple[datetime, datetime]:
    """The whole UTC day that the date lies in, its end exclusive. Raises Invalid."""
    start = moment(text, field=field).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, later(start, DAY)


def later(instant: datetime, by: timedelta) -> datetime:
    """That much later, or the last instant there is."""
    last = datetime.max.replace(tzinfo=UTC)
    return instant + by if instant < last - by else last


def _iso(text: str) -> datetime | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    date, time, *zone = match.groups()
    return datetime.fromisoformat(f"{date}T{time or '00:00'}").replace(tzinfo=_zone(*zone))


def _rfc2822(text: str) -> datetime | None:
    match = _RFC2822.fullmatch(text)
    if match is None:
        return None
    number, month, year, time, *zone = match.groups()
    written = f"{year}-{_MONTHS.index(month) + 1:02d}-{int(number):02d}T{time}"
    return datetime.fromisoformat(written).replace(tzinfo=_zone(*zone))


def _zone(sign: str | None, hours: str | None, minutes: str | None) -> timezone:
    east = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return timezone(-east if sign == "-" else east)
