"""Answers that are given again to the same request, past the server's and our own beginning."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Final

from starlette.types import Scope

from dictabelt.core.errors import VaultError
from dictabelt.core.ids import new_uuid
from dictabelt.core.keyring import KeyRing
from dictabelt.http.trace import Trace, Watch, trace_of

EXTENSION: Final = "dictabelt.again"
"""Offered for a request that has come before; `leave` takes an `Again` for when it comes once more.

It must be one that the server can tell by its bytes, but for one part that it asks for.
"""
_RENEWAL: Final = "renewal"

log = logging.getLogger("dictabelt.http")

Asked = tuple[int, int | None]
"""First and last byte of a part that was asked for, inclusive; no last is up to the end."""

Spend = Callable[[datetime], Mapping[str, str]]
"""Counts a request, and gives the fields that tell of it. Raises Exhausted."""


@dataclass(slots=True)
class Made:
    """An answer: `fields` are lines of its head, without the date; `count` bytes of `file`, if any.

    `over` is to be called at its end, and told whether it broke off.
    """

    status: int
    fields: bytes
    body: bytes = b""
    file: int = -1
    offset: int = 0
    count: int = 0
    over: Callable[[bool], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Renewal:
    """How an answer is made again at an instant; None where it no longer can be.

    `rest` lets go of what it holds, when nobody has asked for a while.
    """

    make: Callable[[datetime, Asked | None], Made | None]
    rest: Callable[[], None] = lambda: None


def is_wanted(scope: Scope) -> bool:
    """Whether the server would take an answer that can be given again."""
    return EXTENSION in (scope.get("extensions") or ())


def renewed_by(scope: Scope, renewal: Renewal) -> None:
    """Says how the answer under way is made again: by the rows as they are, and the clock."""
    scope[_RENEWAL] = renewal


def lines(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Header fields as they go over the wire."""
    return b"".join([b"%s: %s\r\n" % it for it in fields])


@dataclass(frozen=True, slots=True)
class Repeating:
    """What giving answers again takes beside the answers."""

    ring: KeyRing
    watches: tuple[Watch, ...]

    async def version(self, scope: Scope) -> int | None:
        """Of the rows, before any is read, where the answer may be wanted again."""
        return (await self.ring.pulse()).version if is_wanted(scope) else None

    def leave(self, scope: Scope, version: int | None, *, spend: Spend) -> None:
        """Leaves the answer that was just given with the server, if it can be given again."""
        renewal: Renewal | None = scope.get(_RENEWAL)
        if renewal is None:
            return
        if version is None or trace_of(scope).status >= 300:
            renewal.rest()
            return
        scope["extensions"][EXTENSION](Again(self, trace_of(scope), version, renewal, spend))


@dataclass(frozen=True, slots=True)
class Again:
    """An answer that was given; what it rested on is looked at anew each time."""

    _by: Repeating
    _trace: Trace
    _version: int
    _renewal: Renewal
    _spend: Spend

    def __call__(self, asked: Asked | None) -> Made | None:
        """None where the application must be asked."""
        began = perf_counter()
        try:
            pulse = self._by.ring.felt()
            if pulse is None or pulse.version != self._version:
                return None
            who = self._trace.who
            if who is not None and who.until is not None and pulse.now >= who.until:
                return None
            made = self._renewal.make(pulse.now, asked)
            if made is None:
                return None
            id = str(new_uuid())
            spent = "".join([f"{name}: {it}\r\n" for name, it in self._spend(pulse.now).items()])
            made.fields += f"x-request-id: {id}\r\n{spent}".encode()
        except VaultError:
            return None  # the application says what is wrong
        made.over = self._ending(id, made, began)
        return made

    def rest(self) -> None:
        """Nobody has asked for a while."""
        self._renewal.rest()

    def _ending(self, id: str, made: Made, began: float) -> Callable[[bool], None]:
        it, watches = self._trace, self._by.watches

        def over(broken: bool) -> None:
            trace = Trace(id, it.method, it.dialect, it.endpoint, it.who)
            trace.status, trace.received = made.status, it.received
            trace.sent = made.count or len(made.body)
            trace.seconds, trace.broken = perf_counter() - began, broken
            for watch in watches:
                watch.ended(trace)

        return over
