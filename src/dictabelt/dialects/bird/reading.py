"""Reads what clients send, strictly: query parameters, their values, JSON bodies."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

import msgspec

from dictabelt.core.errors import Invalid
from dictabelt.http.reading import identifier, instant, word

__all__ = ["count", "identifier", "instant", "member", "members", "query", "telephone", "word"]
T = TypeVar("T")

_COUNT = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
# A plus that was not percent-encoded arrives as a space.
_NUMBER = re.compile(r" ?[!-~][ -~]{0,254}")


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


def telephone(text: str, *, field: str) -> str:
    """A number as the core spells it, whether it came with its plus or without. Raises Invalid.

    A SIP address or a client's name stays what it is.
    """
    if not _NUMBER.fullmatch(text):
        raise Invalid(f"{field} must be a number", field=field)
    given = text.strip(" ")
    return f"+{given}" if given.isdigit() else given


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
