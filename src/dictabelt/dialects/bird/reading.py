"""Reads what clients send, strictly: query parameters, their values, JSON bodies."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar
from uuid import UUID

import msgspec

from dictabelt.core.errors import Invalid
from dictabelt.core.ids import read_uuid

T = TypeVar("T")

_COUNT = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
# A plus that was not percent-encoded arrives as a space.
_NUMBER = re.compile(r" ?[!-~][ -~]{0,254}")
# RFC 3339 section 5.6.
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def query(pairs: Iterable[tuple[str, str]], names: Collection[str]) -> dict[str, str]:
    """The parameters of these names; others are nobody's. Raises Invalid for one that comes twice.

    An empty value stays one, for its own reader to refuse.
    """
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise Invalid(f"{name} must be given once", field=name)
        if name in names:
            found[name] = value
    return found


def count(text: str, *, field: str, most: int) -> int:
    """A decimal number from 1 to `most`. Raises Invalid."""
    if not _COUNT.fullmatch(text) or int(text) > most:
        raise Invalid(f"{field} must be a number from 1 to {most}", field=field)
    return int(text)


def identifier(text: str, *, field: str) -> UUID:
    """Raises Invalid for what is no UUID."""
    id = read_uuid(text)
    if id is None:
        raise Invalid(f"{field} must be a UUID", field=field)
    return id


def word(text: object, words: Mapping[str, T], *, field: str) -> T:
    """What a vendor's word stands for. Raises Invalid for another word."""
    if not isinstance(text, str) or text not in words:
        raise Invalid(f"{field} must be one of {', '.join(words)}", field=field)
    return words[text]


def telephone(text: str, *, field: str) -> str:
    """A number as the core spells it, whether it came with its plus or without. Raises Invalid.

    A SIP address or a client's name stays what it is.
    """
    if not _NUMBER.fullmatch(text):
        raise Invalid(f"{field} must be a number", field=field)
    given = text.strip(" ")
    return f"+{given}" if given.isdigit() else given


def instant(text: str, *, field: str) -> datetime:
    """An RFC 3339 date-time, in UTC. Raises Invalid.

    A leap second counts as the next one; what lies outside of the years 1 to
    9999 as the nearest instant that does not.
    """
    match = _INSTANT.fullmatch(text)
    refusal = Invalid(f"{field} must be an RFC 3339 date-time", field=field)
    if match is None:
        raise refusal
    day, minute, second, fraction, sign, hours, minutes = match.groups()
    leap = timedelta(seconds=1) if second == "60" else timedelta(0)
    whole = "59" if leap else second
    digits = (fraction or ".")[1:7].ljust(6, "0")
    if day.startswith("0000"):
        return _EARLIEST
    try:
        zone = timezone(_offset(sign, hours, minutes))
        local = datetime.fromisoformat(f"{day}T{minute}:{whole}.{digits}")
    except ValueError:
        raise refusal from None
    try:
        return local.replace(tzinfo=zone).astimezone(UTC) + leap
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


def members(raw: bytes, names: Collection[str]) -> dict[str, object]:
    """The members of a JSON object, none where there is no body at all.

    Raises Invalid for other JSON, for none, and for members of other names:
    the vendor's schemas are closed.
    """
    if not raw.strip():
        return {}
    try:
        given = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("the body must be JSON", field="body") from None
    if not isinstance(given, dict):
        raise Invalid("the body must be a JSON object", field="body")
    for name in given:
        if name not in names:
            raise Invalid(f"the body knows {', '.join(names)} only", field="body")
    return given


def member(body: Mapping[str, object], name: str, *, kind: type[T]) -> T | None:
    """The member, None where it is absent. Raises Invalid for another type, or null."""
    if name not in body:
        return None
    try:
        return msgspec.convert(body[name], kind, strict=True)
    except msgspec.ValidationError:
        raise Invalid(f"{name} must be of type {kind.__name__}", field=name) from None
