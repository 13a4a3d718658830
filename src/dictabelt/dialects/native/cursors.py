"""Cursors: opaque to clients, the place of a page's last item to us."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from dictabelt.core.errors import Invalid
from dictabelt.core.search import Page, Window
from dictabelt.http import reading

T = TypeVar("T")

NAMES = ("limit", "cursor")
DEFAULT, MOST = 50, 1000
_VERSION = b"\x01"


def cursor(id: UUID) -> str:
    """The place behind that item."""
    return urlsafe_b64encode(_VERSION + id.bytes).decode().rstrip("=")


def place(text: str) -> UUID:
    """Reverses `cursor`. Raises Invalid."""
    try:
        raw = urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    except (NotBase64, ValueError):
        raw = b""
    if len(raw) != 17 or not raw.startswith(_VERSION) or cursor(UUID(bytes=raw[1:])) != text:
        raise Invalid("cursor is not one of an answer before", field="cursor")
    return UUID(bytes=raw[1:])


def window(given: Mapping[str, tuple[str, ...]]) -> Window:
    """The page that `limit` and `cursor` ask for. Raises Invalid."""
    limit, text = reading.single(given, "limit"), reading.single(given, "cursor")
    return Window(
        DEFAULT if limit is None else reading.whole(limit, field="limit", least=1, most=MOST),
        behind=None if text is None else place(text),
    )


def page(
    found: Page[T], *, id: Callable[[T], UUID], shown: Callable[[T], Mapping[str, object]]
) -> dict[str, object]:
    """`data`, and the `next_cursor` where there is more."""
    last: Sequence[T] = found.items[-1:] if found.more else ()
    return {
        "data": [shown(it) for it in found.items],
        "next_cursor": cursor(id(last[0])) if last else None,
    }
