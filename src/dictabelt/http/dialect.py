"""What a vendor protocol is to the server: a frozen value, found by its folder."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp

from dictabelt.core.access import Credentials
from dictabelt.core.errors import NotFound, VaultError
from dictabelt.core.meter import Allowance, Spent
from dictabelt.core.nouns import Account, Link, Principal, Recording
from dictabelt.core.vault import Vault
from dictabelt.core.webhook import Correspondent
from dictabelt.http.layout import PLAIN, LinkLayout
from dictabelt.http.urls import Urls


class NoSuchPath(NotFound):
    """No endpoint at this path."""


class MethodNotAllowed(VaultError):
    """The path exists but not with this method; `allowed` lists those that do."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(f"method not allowed; use {', '.join(allowed)}")
        self.allowed = allowed


class Door(Enum):
    """Whether the mount proves the key before the handler runs, or the handler decides."""

    KEY = "key"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request on its way through a dialect."""

    vault: Vault
    urls: Urls
    dialect: "Dialect"
    request: Request
    path: Mapping[str, str]
    principal: Principal | None = None

    @property
    def who(self) -> Principal:
        """The caller behind a Door.KEY endpoint."""
        assert self.principal is not None
        return self.principal

    @property
    def base(self) -> str:
        """Scheme and host for URLs in the answer."""
        return self.urls.base(self.request)

    def signed(self, link: Link) -> str:
        """The link's URL in the dialect's own layout."""
        return self.urls.sign(link, self.base, layout=self.dialect.layout or PLAIN)

    def upload_url(self, link: Link) -> str:
        """A URL in that layout that takes the bytes of the link's media by PUT."""
        return self.urls.sign_upload(link, self.base, layout=self.dialect.layout or PLAIN)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method at a path template (`{sid}` matches one segment) and who answers it."""

    method: str
    path: str
    handler: Callable[[Exchange], Awaitable[ASGIApp]]
    summary: str
    door: Door = Door.KEY


@dataclass(frozen=True, slots=True)
class Visit:
    """How to fetch one recording by hand; `curl` holds arguments of curl, the URL last."""

    note: str
    curl: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who an example is for: a server, an account's key and a recording."""

    base_url: str
    account: str
    key: str
    recording: Recording


@dataclass(frozen=True, slots=True)
class Metering:
    """A vendor's limits of requests a minute, and the headers that tell of them.

    `allowance` is that of an endpoint, `unknown` that of whoever proves no
    key; `headers` are put on every answer, refusals too.
    """

    allowance: Callable[[Endpoint, Account], Allowance]
    unknown: Allowance
    headers: Callable[[Spent], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """A vendor's API: where it lives, what it answers, and how it refuses.

    `tables` are the vendor's words for the core's, shown in
    `docs/compatibility.md`; `spell` gives a recording's id as this API says it.
    `correspondent` writes webhooks the vendor's way; `tells` are its ways of
    telling a recording, by name, from which the page above finds what is lost.
    `inner` gives the outcome of a refusal where the answer's status is not it.
    """

    name: str
    title: str
    prefixes: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    credentials: Callable[[Request], Credentials | None]
    error: Callable[[VaultError, Request], ASGIApp]
    spell: Callable[[Recording], str]
    visit: Callable[[Visitor], Visit]
    document: Callable[[], Mapping[str, object]]
    tables: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    layout: LinkLayout | None = None
    correspondent: Correspondent | None = None
    metering: Metering | None = None
    tells: Mapping[str, Callable[[Recording], object]] = field(default_factory=dict)
    inner: Callable[[VaultError, Request], int] | None = None


@cache
def discover() -> tuple[Dialect, ...]:
    """Every dialect in `dictabelt.dialects` and in the entry-point group of that name.

    Looked for once a process: that reads about all packages that are installed.
    """
    package = import_module("dictabelt.dialects")
    found: list[Dialect] = [
        import_module(f"{package.__name__}.{it.name}").DIALECT
        for it in iter_modules(package.__path__)
        if it.ispkg
    ]
    found += [it.load() for it in entry_points(group="dictabelt.dialects")]
    return tuple(sorted(found, key=lambda it: it.name))
