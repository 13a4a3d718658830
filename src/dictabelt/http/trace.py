"""What is known of one request by its end, for whoever watches the server."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

from dictabelt.core.errors import VaultError
from dictabelt.core.nouns import Principal

NONE = "none"
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


@dataclass(slots=True)
class Trace:
    """One request; words of the client are in none of its fields.

    `dialect` and `endpoint` (a path template, or the front's own path) are "none"
    until one is found. `inner` is what a dialect says inside its answer beside
    the status. `received` and `sent` are bytes of bodies; `status` is 0 when
    nobody was there to be answered, `broken` says that the answer has no end.
    """

    id: str
    method: str
    dialect: str = NONE
    endpoint: str = NONE
    who: Principal | None = None
    refusal: VaultError | None = None
    inner: int | None = None
    status: int = 0
    received: int = 0
    sent: int = 0
    seconds: float = 0.0
    broken: bool = False

    @property
    def verb(self) -> str:
        """The method, as one of few words."""
        return self.method if self.method in _METHODS else "other"

    @property
    def outcome(self) -> str:
        """The class of the status: 2xx to 5xx, `broken`, or `gone` for whoever hung up."""
        if self.broken:
            return "broken"
        return f"{self.status // 100}xx" if self.status else "gone"

    @property
    def code(self) -> int:
        """What a client of the vendor takes for the status."""
        return self.status if self.inner is None else self.inner


class Watch(Protocol):
    """Hears of every request, at its end; must neither wait nor fail."""

    def ended(self, it: Trace) -> None:
        """The request is over, whatever came of it."""


def trace_of(scope: MutableMapping[str, Any]) -> Trace:
    """The trace of the request that the mount is answering."""
    found: Trace = scope["trace"]
    return found
