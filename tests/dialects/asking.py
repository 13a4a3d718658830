"""Asks what drivers say, and compares what comes back."""

from typing import Any
from uuid import UUID

import httpx2
import pytest

from dialects.driver import DIALECTS, Ask, Driver, Role, driver
from dictabelt.http.dialect import Dialect, Endpoint
from stocked import Tenant

Route = tuple[Dialect, Endpoint]

_ALL: list[Route] = [(it, endpoint) for it in DIALECTS for endpoint in it.endpoints]
# A preflight tells nothing about what is there, by design, so it has no place in the matrix.
_ASKED = [it for it in _ALL if it[1].method != "OPTIONS"]
PREFLIGHTS = [it for it in _ALL if it[1].method == "OPTIONS"]


def playing(*roles: Role) -> list[Route]:
    """The routes that play one of these roles."""
    return [it for it in _ASKED if driver(it[0].name).role(it[1]) in roles]


TELLS = playing(Role.READ)
READS = playing(Role.READ, Role.ABOUT)
DELETES = playing(Role.DELETE)
ACTS = playing(Role.ACT)
WIDE = playing(Role.WIDE)
ROUTES = READS + DELETES

# When it was asked, under which name, and how often before.
_FLEETING = (
    "date",
    "x-request-id",
    "x-amz-request-id",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
)


def name(it: Dialect | Route) -> str:
    """What a test's id says of a parameter."""
    return it.name if isinstance(it, Dialect) else f"{it[1].method} {it[1].path}"


every_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=name)
every_route = pytest.mark.parametrize("route", ROUTES, ids=name)
every_tell = pytest.mark.parametrize("route", TELLS, ids=name)
every_read = pytest.mark.parametrize("route", READS, ids=name)
every_act = pytest.mark.parametrize("route", ACTS, ids=name)
every_wide = pytest.mark.parametrize("route", WIDE, ids=name)
every_guarded = pytest.mark.parametrize("route", _ASKED, ids=name)
every_preflight = pytest.mark.parametrize("route", PREFLIGHTS, ids=name)
every_delete = pytest.mark.parametrize("route", DELETES, ids=name)


def holding(route: Route | Dialect, tenant: Tenant, key: str = "all") -> dict[str, str]:
    """The headers that prove one of the tenant's keys to the route's dialect."""
    dialect = route if isinstance(route, Dialect) else route[0]
    return driver(dialect.name).proof(tenant.account.id, tenant.keys[key])


async def send(client: httpx2.AsyncClient, ask: Ask, headers: dict[str, str]) -> httpx2.Response:
    """The answer; redirects are the test's own to follow."""
    return await client.request(
        ask.method, ask.path, params=dict(ask.query), json=ask.body, headers=headers
    )


def is_refusal(drive: Driver, answer: httpx2.Response) -> bool:
    """Whether the vendor's own client would take this for a refusal, and understand it."""
    return drive.status(answer) >= 400 and drive.refuses(answer.json())


def comparable(answer: httpx2.Response, *echoes: UUID | str) -> tuple[Any, ...]:
    """All of an answer but its date and request id; `echoes` are the asker's own words in it."""
    body = answer.text
    for it in echoes:
        body = body.replace(str(it), "*")
    headers = [it for it in answer.headers.multi_items() if it[0] not in _FLEETING]
    return answer.status_code, sorted(headers), body
