"""The account and its keys, for its administrator."""

from datetime import timedelta

from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.access import require
from dictabelt.core.accounts import GRANTABLE, AccountChanges, Grant
from dictabelt.core.errors import Invalid, NotFound
from dictabelt.core.ids import KeyId, read_uuid
from dictabelt.core.nouns import Account, ApiKey, Delivery, Scope
from dictabelt.dialects.native import asking, wire
from dictabelt.http import reading
from dictabelt.http.answers import json
from dictabelt.http.dialect import Endpoint, Exchange, discover

ACCOUNT, KEYS = wire.PREFIX + "/account", wire.PREFIX + "/keys"
SCOPES = {it.value: it for it in GRANTABLE}
DELIVERIES: dict[str, Delivery | None] = {it.value: it for it in Delivery}
_LONGEST_LIFE = 10 * 365 * 86_400
_MOST_REQUESTS = 10**9
CHANGES = (
    "name",
    "media_public",
    "link_seconds",
    "requests_a_minute",
    "upload_urls_a_minute",
    "packing",
    "delivery",
)


def account(it: Account) -> dict[str, object]:
    """The caller's account; null where the vendor's own limit holds."""
    return {
        "id": str(it.id),
        "name": it.name,
        "media_public": it.media_public,
        "link_seconds": it.link_seconds,
        "requests_a_minute": it.requests_a_minute,
        "upload_urls_a_minute": it.upload_urls_a_minute,
        "packing": it.packing,
        "delivery": it.delivery.value,
        "created_at": wire.instant(it.created_at),
    }


def key(it: ApiKey) -> dict[str, object]:
    """A key without its token, which is shown once."""
    return {
        "id": str(it.id),
        "name": it.name,
        "scopes": sorted(one.value for one in it.scopes),
        "dialect": it.dialect,
        "device_id": it.device_id,
        "created_at": wire.instant(it.created_at),
        "expires_at": wire.instant(it.expires_at),
        "revoked_at": wire.instant(it.revoked_at),
    }


async def show(exchange: Exchange) -> ASGIApp:
    """The account of the key."""
    require(exchange.who, Scope.READ)
    return json(account(await exchange.vault.accounts.own(exchange.who)))


async def change(exchange: Exchange) -> ASGIApp:
    """0 for a number goes back to what the vendor documents."""
    require(exchange.who, Scope.ADMIN)
    given = await asking.body(exchange.request, *CHANGES)
    if not given:
        raise Invalid(f"give something to change: {', '.join(CHANGES)}", field="body")
    wanted = AccountChanges(
        name=reading.text(given, "name", most=255),
        media_public=asking.truth(given, "media_public"),
        link_seconds=reading.number(given, "link_seconds", least=0, most=604_800),
        requests_a_minute=_rate(given, "requests_a_minute"),
        upload_urls_a_minute=_rate(given, "upload_urls_a_minute"),
        packing=asking.truth(given, "packing"),
        delivery=asking.chosen(given, "delivery", words=DELIVERIES, default=None),
    )
    return json(account(await exchange.vault.accounts.change(exchange.who, wanted)))


async def signing_key(exchange: Exchange) -> ASGIApp:
    """What checks the signature of callbacks that recordings carry."""
    return json({"signing_key": exchange.vault.hooks.signing_key(exchange.who)})


async def keys(exchange: Exchange) -> ASGIApp:
    """Oldest first, revoked ones too."""
    return json({"data": [key(it) for it in await exchange.vault.accounts.keys(exchange.who)]})


async def issue(exchange: Exchange) -> ASGIApp:
    """The key and, this once, its token."""
    require(exchange.who, Scope.ADMIN)
    given = await asking.body(exchange.request, "name", "scopes", "dialect", "expires_in")
    seconds = reading.number(given, "expires_in", least=1, most=_LONGEST_LIFE)
    scopes = reading.words(given, "scopes", known=SCOPES)
    names = {it.name: it.name for it in discover()}
    issued = await exchange.vault.accounts.issue_key(
        exchange.who,
        Grant(
            name=reading.required(given, "name", most=255),
            scopes=frozenset(SCOPES[it] for it in scopes),
            lifetime=None if seconds is None else timedelta(seconds=seconds),
            dialect=asking.chosen(given, "dialect", words=names, default=None),
        ),
    )
    return json({**key(issued.key), "token": issued.token}, 201)


async def revoke(exchange: Exchange) -> ASGIApp:
    """Dead from the next request on."""
    require(exchange.who, Scope.ADMIN)
    id = read_uuid(exchange.path["key"])
    if id is None:
        raise NotFound("no such key")
    await exchange.vault.accounts.revoke_key(exchange.who, KeyId(id))
    return Response(status_code=204)


def _rate(given: dict[str, object], name: str) -> int | None:
    return reading.number(given, name, least=0, most=_MOST_REQUESTS)


ENDPOINTS = (
    Endpoint("GET", ACCOUNT, show, "Get the account"),
    Endpoint("PATCH", ACCOUNT, change, "Change the account"),
    Endpoint("GET", ACCOUNT + "/signing-key", signing_key, "Get the key of callbacks"),
    Endpoint("GET", KEYS, keys, "List keys"),
    Endpoint("POST", KEYS, issue, "Issue a key"),
    Endpoint("DELETE", KEYS + "/{key}", revoke, "Revoke a key"),
)
