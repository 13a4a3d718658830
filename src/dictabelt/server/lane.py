"""Requests that were answered before, known by their bytes; past uvicorn and ASGI's messages."""

import os
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Final, NamedTuple, Protocol

EXTENSION: Final = "dictabelt.again"
"""`scope["extensions"][EXTENSION]` takes an `Again` for the next request that is like this one."""

_MOST: Final = 1000
_LARGEST: Final = 4 * 1024
_BLANK_LINE: Final = b"\r\n\r\n"
# A header's line that is followed by another one, and not by a fold of its own.
_RANGE: Final = re.compile(rb"\r\n[Rr]ange: bytes=([0-9]{1,15})-([0-9]{0,15})(?=\r\n[^ \t])")
_PROBED: Final = 256 * 1024  # where the cache holds both ends of so little, it holds the middle
_NOWAIT: Final[int | None] = getattr(os, "RWF_NOWAIT", None)

Asked = tuple[int, int | None]
"""First and last byte of a part that was asked for, inclusive; no last is up to the end."""


class Made(Protocol):
    """An answer: lines of its head, without the date; a body, or `count` bytes of `file`."""

    @property
    def status(self) -> int: ...

    @property
    def fields(self) -> bytes: ...

    @property
    def body(self) -> bytes: ...

    @property
    def file(self) -> int: ...

    @property
    def offset(self) -> int: ...

    @property
    def count(self) -> int: ...

    @property
    def over(self) -> Callable[[bool], None]: ...


class Again(Protocol):
    """How a request is answered that is like one before, but for the part that it asks for."""

    def __call__(self, asked: Asked | None) -> Made | None:
        """None where the application must be asked."""

    def rest(self) -> None:
        """Lets go of what is held for it: nobody has asked for a while, or nobody will."""


class Ticket(NamedTuple):
    """A request as it came: what tells it from others, and the part it asks for."""

    lane: "Lane"
    data: bytes
    key: Hashable
    asked: Asked | None


@dataclass(slots=True)
class _Entry:
    again: Again
    used: bool = True


class Lane:
    """Bounded: so many answers, to so large requests; whoever is not in it takes the usual way.

    Of what came once only that is remembered; an application is asked for an
    `Again` when it comes a second time.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: dict[Hashable, _Entry] = {}
        self._once: set[int] = set()
        self._once_before: set[int] = set()
        self._in_vain: set[int] = set()
        self._open = True

    def ticket(self, place: Hashable, data: bytes) -> Ticket | None:
        """What would be known of a request of these bytes, if they are one; None for large ones."""
        if len(data) > _LARGEST:
            return None
        found = _RANGE.search(data) if b"ange: bytes=" in data else None
        if found is None or data.find(_BLANK_LINE) != len(data) - len(_BLANK_LINE):
            return Ticket(self, data, (place, data), None)
        asked = int(found[1]), int(found[2]) if found[2] else None
        key = place, data[: found.start()], data[found.end() :]
        return Ticket(self, data, key, asked)

    def made(self, it: Ticket) -> Made | None:
        """The answer, if there was one to such a request and it is still good."""
        entry = self._known.get(it.key)
        if entry is None:
            return None
        made = entry.again(it.asked)
        if made is None:
            self._known.pop(it.key).again.rest()
            return None
        if made.count and not _is_warm(made):
            return None
        entry.used = True
        return made

    def is_wanted(self, it: Ticket) -> bool:
        """Whether an `Again` is, for such a request; not for one that comes for the first time.

        Of a request for which there was none lately it is not, so that asking costs nothing.
        """
        mark = hash(it.key)
        if not self._open or mark in self._in_vain:
            return False
        if mark in self._once or mark in self._once_before:
            self._in_vain.add(mark)
            return True
        if len(self._once) >= self._most:
            self._once, self._once_before = set(), self._once
        self._once.add(mark)
        return False

    def keep(self, it: Ticket, again: Again) -> None:
        """In place of what was kept for such a request; the oldest may go for it."""
        self._in_vain.discard(hash(it.key))
        before = self._known.pop(it.key, None)
        if before is not None:
            before.again.rest()
        if not self._open:
            again.rest()
            return
        self._known[it.key] = _Entry(again)
        if len(self._known) > self._most:
            self._known.pop(next(iter(self._known))).again.rest()

    def look(self) -> None:
        """Once a second or so: what nobody asked for since the last look is to rest."""
        self._in_vain.clear()
        for it in self._known.values():
            if not it.used:
                it.again.rest()
            it.used = False

    def close(self) -> None:
        """From now on everything takes the usual way."""
        self._open = False
        for it in self._known.values():
            it.again.rest()
        self._known.clear()


@cache
def status_line(status: int) -> bytes:
    """The first line of an answer."""
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()


def is_whole(data: bytes, scope: Mapping[str, Any], *, asked: Asked | None) -> bool:
    """Whether `data` was this request and nothing else, and says nothing of its connection."""
    fields: dict[bytes, bytes] = dict(scope["headers"])
    names = [name for name, _ in scope["headers"]]
    if names.count(b"range") != (asked is not None) or names.count(b"content-length") > 1:
        return False
    if scope["method"] not in ("GET", "POST") or scope["http_version"] != "1.1":
        return False
    if fields.keys() & {b"transfer-encoding", b"expect", b"upgrade"}:
        return False
    if fields.get(b"connection", b"keep-alive").lower() != b"keep-alive":
        return False
    body = len(data) - data.find(_BLANK_LINE) - len(_BLANK_LINE)
    return body == int(fields.get(b"content-length", b"0"))


def _is_warm(it: Made) -> bool:
    """Whether sending it need not wait for a disk; preadv2(2), RWF_NOWAIT, Linux 4.14."""
    if _NOWAIT is None:
        return False
    end, room = it.offset + it.count, bytearray(1)
    try:
        for place in (*range(it.offset, end, _PROBED), end - 1):
            if not os.preadv(it.file, [room], place, _NOWAIT):
                return False
    except OSError:  # cold, or a file system without the flag
        return False
    return True
