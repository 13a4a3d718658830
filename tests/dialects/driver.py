"""What the contract suite must know of a dialect; `drivers/` holds one for each."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from importlib import import_module
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx2

from dictabelt.core.nouns import Recording
from dictabelt.http.dialect import Dialect, Endpoint, discover


@dataclass(frozen=True)
class Subject:
    """The ids a request can speak of, whether there is such a thing or not."""

    account: UUID
    recording: UUID
    source: UUID
    media: UUID
    call_name: str

    @classmethod
    def of(cls, it: Recording) -> "Subject":
        """What was really recorded."""
        named = it.call.vendor_id if it.call else None
        media = it.media[0].id if it.media else uuid4()
        return cls(it.account, it.id, it.source_id, media, named or str(it.source_id))

    @classmethod
    def unknown(cls, account: UUID) -> "Subject":
        """Ids that nobody has, in an account."""
        return cls(account, uuid4(), uuid4(), uuid4(), "no-such-call")


@dataclass(frozen=True)
class Ask:
    """One request, without its credentials."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = None


class Role(Enum):
    """What an endpoint is to one recording.

    READ tells of it or plays it; ABOUT tells something beside; DELETE takes it
    away for good; ACT does anything else to it; WIDE is not about one.
    """

    READ = "read"
    ABOUT = "about"
    DELETE = "delete"
    ACT = "act"
    WIDE = "wide"


@dataclass(frozen=True)
class Filter:
    """A list's condition: the query that asks for those like one recording, and who is like it."""

    name: str
    query: Callable[[Recording], dict[str, str]]
    holds: Callable[[Recording, Recording], bool]
    """Whether the second is among those that a query made of the first asks for."""


@dataclass(frozen=True)
class Listing:
    """A list of recordings and how a client of the vendor goes through it."""

    path: str
    sized: Callable[[int], dict[str, str]]
    """The query that asks for pages of that many."""

    ids: Callable[[httpx2.Response], list[UUID]]
    """The recordings on a page, as they stand there."""

    following: Callable[[httpx2.Response, "Ask"], "Ask | None"]
    """The request for the next page, None on the last one."""

    filters: tuple[Filter, ...] = ()

    steady: bool = True
    """False where the vendor counts items from the top, so that new ones push old ones on."""


@dataclass(frozen=True)
class Driver:
    """How a client of the vendor asks, and what it makes of the answers."""

    proof: Callable[[UUID, str], dict[str, str]]
    """The headers that carry an account and its token."""

    places: Callable[[Subject], dict[str, str]]
    """The path parameters of every endpoint."""

    read: str
    """The path template of the endpoint that tells of a recording, or links to it."""

    told: Callable[[httpx2.Response], UUID]
    """The recording that an answer of that endpoint speaks of."""

    heard: Callable[[httpx2.Response], str | None]
    """Where that answer says the audio is; None where it says nothing."""

    refuses: Callable[[object], bool]
    """Whether a body has the vendor's shape for a refusal."""

    facts: Callable[[Mapping[str, object]], dict[str, object]] = lambda _: {}
    """`seconds`, `stereo` and `created` (ISO 8601, seconds) as far as the answer has them."""

    query: Callable[[Subject], dict[str, str]] = lambda _: {}
    body: Callable[[Subject], object] = lambda _: None

    bodies: Mapping[tuple[str, str], Callable[[Subject], object]] = field(default_factory=dict)
    """The bodies of endpoints that take another than `body`, by method and path template."""

    queries: Mapping[tuple[str, str], Callable[[Subject], dict[str, str]]] = field(
        default_factory=dict
    )
    """The queries of endpoints that take another than `query`, by method and path template."""

    recording_parameter: str | None = None
    """The path parameter that holds a recording's id."""

    roles: Mapping[tuple[str, str], Role] = field(default_factory=dict)
    """The roles of endpoints that `role` would take for something else."""

    listings: tuple[Listing, ...] = ()

    status: Callable[[httpx2.Response], int] = lambda it: it.status_code
    """What a client of the vendor takes for the status."""

    link_seconds: int | None = None
    """How long the vendor's links live; None for a dialect that gives none."""

    account_parameter: str | None = None
    user_is_account: bool = False
    no_scope: int = 403

    def ask(self, endpoint: Endpoint, it: Subject) -> Ask:
        """The endpoint's request about `it`."""
        places = {name: quote(value) for name, value in self.places(it).items()}
        path = endpoint.path.format_map(places)
        here = (endpoint.method, endpoint.path)
        query, body = self.queries.get(here, self.query), self.bodies.get(here, self.body)
        return Ask(endpoint.method, path, query(it), body(it))

    def role(self, endpoint: Endpoint) -> Role:
        """What the endpoint is to one recording."""
        here = (endpoint.method, endpoint.path)
        if here in self.roles:
            return self.roles[here]
        if endpoint.path == self.read and endpoint.method != "DELETE":
            return Role.READ
        parameter = f"{{{self.recording_parameter}}}"
        if parameter not in endpoint.path:
            return Role.WIDE
        last = endpoint.path.rpartition("/")[2].startswith(parameter)
        if endpoint.method == "GET":
            return Role.READ if last else Role.ABOUT
        return Role.DELETE if last and endpoint.method == "DELETE" else Role.ACT


@cache
def driver(dialect: str) -> Driver:
    """The driver in `drivers/` of that name. Raises ModuleNotFoundError."""
    found: Driver = import_module(f"dialects.drivers.{dialect}").DRIVER
    return found


def reading(dialect: Dialect) -> Endpoint:
    """The endpoint that tells of a recording."""
    wanted = driver(dialect.name).read
    return next(it for it in dialect.endpoints if it.path == wanted and it.method != "DELETE")


def basic(account: UUID, token: str) -> dict[str, str]:
    """Basic credentials (RFC 7617)."""
    return {"authorization": "Basic " + b64encode(f"{account}:{token}".encode()).decode()}


DIALECTS = discover()
