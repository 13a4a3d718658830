"""One line a request: who asked what, and what came of it; no word of the client's in it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from dictabelt.http.trace import Trace

# Asked every few seconds by machines, and told by their own figures.
_ROUTINE = frozenset(("/livez", "/readyz", "/metrics"))
# Each an event of its own, so that `event` alone is enough to count by.
_EVENT = "request"

Write = Callable[..., Any]
"""`write(event, **facts)`, as structlog's loggers have it."""


class AccessLog:
    """Implements `http.trace.Watch`; `warn` writes what is the server's own failure."""

    def __init__(self, tell: Write, warn: Write) -> None:
        self._tell = tell
        self._warn = warn

    def ended(self, it: Trace) -> None:
        """Writes the line, unless it is a machine's routine that went well."""
        failed = it.broken or it.status >= 500
        if it.endpoint in _ROUTINE and not failed:
            return
        # nobody reads the log any more: the request is answered all the same
        with suppress(OSError):
            (self._warn if failed else self._tell)(_EVENT, **facts(it))


def facts(it: Trace) -> dict[str, object]:
    """What the line says; ids and sizes, and words of our own."""
    who = it.who
    return {
        "request_id": it.id,
        "method": it.verb,
        "dialect": it.dialect,
        "endpoint": it.endpoint,
        "status": it.status,
        "code": it.code,
        "outcome": it.outcome,
        "refusal": type(it.refusal).__name__ if it.refusal else None,
        "duration_ms": round(it.seconds * 1000, 3),
        "received": it.received,
        "sent": it.sent,
        "account": str(who.account) if who else None,
        "key": str(who.key) if who and who.key else None,
    }
