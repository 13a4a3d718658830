"""Endpoints of webhook subscriptions, with and without the organization in the path."""

from uuid import UUID

from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.ids import HookId
from dictabelt.core.webhook import Hook
from dictabelt.dialects.bird import paging, subscriptions
from dictabelt.dialects.bird.workspace import BELOW, body, identifier, query, refuse_foreign
from dictabelt.http.answers import json
from dictabelt.http.dialect import Endpoint, Exchange

NAME = "bird"
# The vendor's pages show both: the older ones with the organization, the newer ones without.
PREFIXES = ("", "/organizations/{organizationId}")
_ALL = BELOW + "/webhook-subscriptions"
_ONE = _ALL + "/{webhookSubscriptionId}"


async def create(exchange: Exchange) -> ASGIApp:
    """Hears of what happens from now on."""
    organization = _organization(exchange)
    wish = subscriptions.wish(await body(exchange))
    made: list[Hook] = []

    def render(hook: Hook) -> bytes:
        made.append(hook)
        return b""

    await exchange.vault.hooks.add(exchange.who, wish, render=render)
    return json(subscriptions.subscription(made[0], organization), 201)


async def index(exchange: Exchange) -> ASGIApp:
    """A page, newest first."""
    organization, asked = _organization(exchange), query(exchange, paging.PARAMETERS)
    hooks = await exchange.vault.hooks.all(exchange.who, NAME)
    return json(subscriptions.subscriptions(hooks, asked, organization=organization))


async def show(exchange: Exchange) -> ASGIApp:
    organization = _organization(exchange)
    hook = await exchange.vault.hooks.get(exchange.who, _id(exchange), dialect=NAME)
    return json(subscriptions.subscription(hook, organization))


async def change(exchange: Exchange) -> ASGIApp:
    """Another receiver, key, filters, or none of the events for a while."""
    organization, id = _organization(exchange), _id(exchange)
    wanted = await body(exchange)
    hooks = await exchange.vault.hooks.all(exchange.who, NAME)
    changed = subscriptions.changed(subscriptions.found(hooks, id), wanted, among=hooks)
    hook = await exchange.vault.hooks.change(exchange.who, changed)
    return json(subscriptions.subscription(hook, organization))


async def destroy(exchange: Exchange) -> ASGIApp:
    _organization(exchange)
    await exchange.vault.hooks.remove(exchange.who, _id(exchange), dialect=NAME)
    return Response(status_code=204)


def _organization(exchange: Exchange) -> UUID:
    """Any that the path names; else the workspace stands for it, since the vault has none."""
    refuse_foreign(exchange)
    if "organizationId" in exchange.path:
        return identifier(exchange, "organizationId")
    return exchange.who.account


def _id(exchange: Exchange) -> HookId:
    return HookId(identifier(exchange, "webhookSubscriptionId"))


ENDPOINTS = tuple(
    endpoint
    for it in PREFIXES
    for endpoint in (
        Endpoint("POST", it + _ALL, create, "Subscribe a webhook"),
        Endpoint("GET", it + _ALL, index, "List webhook subscriptions"),
        Endpoint("GET", it + _ONE, show, "Get a webhook subscription"),
        Endpoint("PATCH", it + _ONE, change, "Change a webhook subscription"),
        Endpoint("DELETE", it + _ONE, destroy, "Delete a webhook subscription"),
    )
)
