"""Reads what clients send, strictly: values of queries, members of JSON objects."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from starlette.requests import Request

from dictabelt.core.errors import Invalid
from dictabelt.core.ids import read_uuid

T = TypeVar("T")

# More than any request has; the parser stops there.
_MOST = 200
_WHOLE = re.compile(r"[0-9]{1,15}", re.ASCII)
# RFC 3339 section 5.6.
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def query(request: Request) -> dict[str, tuple[str, ...]]:
    """The values of each name, in their order. Raises Invalid for what is no UTF-8."""
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST,
        )
    except ValueError:
        raise Invalid("the query must be form-encoded UTF-8", field="query") from None
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value)
    return found


def single(given: Mapping[str, tuple[str, ...]], name: str) -> str | None:
    """The one value of that name. Raises Invalid when it comes twice."""
    values = given.get(name, ())
    if len(values) > 1:
        raise Invalid(f"{name} must be given once", field=name)
    return values[0] if values else None


def whole(text: str, *, field: str, least: int, most: int) -> int:
    """A decimal number within the two. Raises Invalid."""
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        raise Invalid(f"{field} must be a whole number from {least} to {most}", field=field)
    return int(text)


def identifier(text: str, *, field: str) -> UUID:
    """Raises Invalid for what is no UUID."""
    id = read_uuid(text)
    if id is None:
        raise Invalid(f"{field} must be a UUID", field=field)
    return id


def word(text: object, words: Mapping[str, T], *, field: str) -> T:
    """What a word of the table stands for. Raises Invalid for another word."""
    if not isinstance(text, str) or text not in words:
        raise Invalid(f"{field} must be one of {', '.join(words)}", field=field)
    return words[text]


def instant(text: object, *, field: str) -> datetime:
    """An RFC 3339 date-time, in UTC. Raises Invalid.

    A leap second counts as the next one; what lies outside of the years 1 to
    9999 as the nearest instant that does not.
    """
    match = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    refusal = Invalid(
        f"{field} must be an RFC 3339 date-time such as 2026-01-31T12:00:00Z", field=field
    )
    if match is None:
        raise refusal
    if match[1].startswith("0000"):
        return _EARLIEST
    day, minute, second, fraction, *zone = match.groups()
    leap = timedelta(seconds=1) if second == "60" else timedelta(0)
    digits = (fraction or ".")[1:7].ljust(6, "0")
    try:
        east = timezone(_offset(*zone))
        local = datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second}.{digits}")
    except ValueError:
        raise refusal from None
    try:
        return local.replace(tzinfo=east).astimezone(UTC) + leap
    except OverflowError:
        return _EARLIEST if local.year == 1 else _LATEST


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> timedelta:
    """Raises ValueError for more than a day."""
    if sign is None:
        return timedelta(0)
    if int(minutes or 0) > 59:
        raise ValueError
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return -offset if sign == "-" else offset


def object_of(raw: bytes) -> dict[str, object]:
    """The members of a JSON object, none where there is no body. Raises Invalid."""
    if not raw.strip():
        return {}
    try:
        given = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("Body must be JSON", field="body") from None
    if not isinstance(given, dict):
        raise Invalid("Body must be a JSON object", field="body")
    return given


def text(body: Mapping[str, object], name: str, *, most: int = 1_000) -> str | None:
    """A string that says something; None where it is absent or null. Raises Invalid."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        raise Invalid(f"{name} must be a string of 1 to {most} characters", field=name)
    return value


def required(body: Mapping[str, object], name: str, *, most: int = 1_000) -> str:
    """As `text`. Raises Invalid where it is absent, too."""
    value = text(body, name, most=most)
    if value is None:
        raise Invalid(f"{name} is required and must be a string", field=name)
    return value


def number(body: Mapping[str, object], name: str, *, least: int, most: int) -> int | None:
    """A JSON integer; None where it is absent or null. Raises Invalid."""
    value = body.get(name)
    if value is None:
        return None
    # 5.0 is an integer to JSON Schema, and to JavaScript (draft 2020-12, section 6.1.1).
    count = int(value) if isinstance(value, float) and value.is_integer() else value
    if not isinstance(count, int) or isinstance(count, bool) or not least <= count <= most:
        raise Invalid(f"{name} must be a whole number from {least} to {most}", field=name)
    return count


def mapping(body: Mapping[str, object], name: str) -> Mapping[str, object] | None:
    """A JSON object; None where it is absent or null. Raises Invalid."""
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise Invalid(f"{name} must be an object", field=name)
    return value


def moment(body: Mapping[str, object], name: str) -> datetime | None:
    """An instant; None where it is absent or null. Raises Invalid."""
    value = body.get(name)
    return None if value is None else instant(value, field=name)


def words(body: Mapping[str, object], name: str, *, known: Iterable[str]) -> frozenset[str]:
    """A list of words out of `known`, at least one. Raises Invalid."""
    value, allowed = body.get(name), list(known)
    good = isinstance(value, list) and value and all(it in allowed for it in value)
    if not good or not isinstance(value, list):
        raise Invalid(f"{name} must be a list out of {', '.join(allowed)}", field=name)
    return frozenset(value)
