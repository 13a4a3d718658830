"""Bota's devices: bound to a user, they upload with a token of their own."""

from starlette.types import ASGIApp

from dictabelt.core.access import require, require_uploading
from dictabelt.core.errors import Invalid, NotFound
from dictabelt.core.nouns import Scope
from dictabelt.http import reading
from dictabelt.http.answers import json
from dictabelt.http.body import small_body
from dictabelt.http.dialect import Endpoint, Exchange
from dictabelt.http.times import iso_seconds

BASE = "/v1/devices"
_LONGEST = 100


def device_id(exchange: Exchange) -> str:
    """The id in the path. Raises Invalid for one that nobody gives."""
    text = exchange.path["id"]
    if len(text) > _LONGEST or not text.isprintable() or not text.strip():
        raise Invalid(f"id must be 1 to {_LONGEST} printable characters", field="id")
    return text


async def bind(exchange: Exchange) -> ASGIApp:
    """The device's token, this once."""
    require(exchange.who, Scope.WRITE)
    id = device_id(exchange)
    body = reading.object_of(await small_body(exchange.request))
    user = reading.required(body, "end_user_id", most=_LONGEST)
    issued = await exchange.vault.accounts.issue_device_key(
        exchange.who, id, dialect=exchange.dialect.name, end_user_id=user
    )
    return json(
        {
            "id": id,
            "end_user_id": user,
            "status": "bound",
            "bound_at": iso_seconds(issued.key.created_at),
            "device_token": issued.token,
        }
    )


async def unbind(exchange: Exchange) -> ASGIApp:
    """Its token is dead from the next request on."""
    require(exchange.who, Scope.WRITE)
    id = device_id(exchange)
    await exchange.vault.accounts.revoke_device(exchange.who, id, dialect=exchange.dialect.name)
    return json({"id": id, "end_user_id": None, "status": "unbound"})


async def heartbeat(exchange: Exchange) -> ASGIApp:
    """It is there; a device's token speaks for its own device only."""
    require_uploading(exchange.who)
    id = device_id(exchange)
    if exchange.who.device_id not in (None, id):
        raise NotFound("no such device")
    now = await exchange.vault.ring.clock()
    return json({"id": id, "status": "online", "last_seen_at": iso_seconds(now)})


async def refresh(exchange: Exchange) -> ASGIApp:
    """Another token in place of the one that asks."""
    require_uploading(exchange.who)
    issued = await exchange.vault.accounts.renew_device_key(exchange.who, device_id(exchange))
    return json({"id": issued.key.device_id, "device_token": issued.token})


ENDPOINTS = (
    Endpoint("POST", BASE + "/{id}/bind", bind, "Bind a device to a user"),
    Endpoint("POST", BASE + "/{id}/unbind", unbind, "Unbind a device"),
    Endpoint("POST", BASE + "/{id}/heartbeat", heartbeat, "Say that a device is there"),
    Endpoint("POST", BASE + "/{id}/token/refresh", refresh, "Renew a device's token"),
)
