"""Bota's webhooks: registered under either of two paths, each with its own shape."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.access import require
from dictabelt.core.errors import NotFound
from dictabelt.core.hooks import Wish
from dictabelt.core.ids import HookId, read_prefixed, spell_prefixed
from dictabelt.core.nouns import Scope
from dictabelt.core.webhook import Hook
from dictabelt.dialects.bota.events import WORDS
from dictabelt.dialects.bota.wire import ENDPOINT, WEBHOOK
from dictabelt.http import reading
from dictabelt.http.answers import encoded, json, kept
from dictabelt.http.body import small_body
from dictabelt.http.dialect import Endpoint, Exchange
from dictabelt.http.idempotency import once
from dictabelt.http.times import iso_seconds

EVERYTHING = "*"
EVENTS = tuple(dict.fromkeys(WORDS.values()))


@dataclass(frozen=True, slots=True)
class Shape:
    """One of the two ways in which the vendor's pages register webhooks."""

    path: str
    prefix: str
    words: tuple[str, ...]
    shown: Callable[[Hook], dict[str, object]]


def webhook(it: Hook) -> dict[str, object]:
    """As POST /webhooks has it, but for the secret."""
    return {
        "id": spell_prefixed(WEBHOOK, it.id),
        "url": it.url,
        "events": sorted(it.events),
        "created_at": iso_seconds(it.created_at),
    }


def endpoint(it: Hook) -> dict[str, object]:
    """As POST /webhook-endpoints has it, but for the secret."""
    return {
        "id": spell_prefixed(ENDPOINT, it.id),
        "url": it.url,
        "events": sorted(it.events),
        "description": it.details.get("description"),
        "status": "enabled" if it.enabled else "disabled",
        "metadata": it.details.get("metadata"),
        "created_at": iso_seconds(it.created_at),
    }


PLAIN = Shape("/v1/webhooks", WEBHOOK, EVENTS, webhook)
FULL = Shape("/v1/webhook-endpoints", ENDPOINT, (*EVENTS, EVERYTHING), endpoint)


def wish(body: bytes, shape: Shape, *, dialect: str) -> Wish:
    """The webhook that a request wants made. Raises Invalid."""
    given = reading.object_of(body)
    details = {
        "shape": shape.prefix,
        "description": reading.text(given, "description"),
        "metadata": reading.mapping(given, "metadata"),
    }
    return Wish(
        dialect=dialect,
        url=reading.required(given, "url", most=2_000),
        events=reading.words(given, "events", known=shape.words),
        details={name: value for name, value in details.items() if value is not None},
    )


def hook_id(exchange: Exchange, shape: Shape) -> HookId:
    """Raises NotFound for what cannot be an id of ours."""
    id = read_prefixed(shape.prefix, exchange.path["id"])
    if id is None:
        raise NotFound("no such webhook")
    return HookId(id)


async def create(exchange: Exchange, shape: Shape) -> ASGIApp:
    """The webhook and, this once, its secret."""
    require(exchange.who, Scope.WRITE)
    body = await small_body(exchange.request)
    answered = await exchange.vault.hooks.add(
        exchange.who,
        wish(body, shape, dialect=exchange.dialect.name),
        once=once(exchange.request, body, operation=f"bota POST {shape.path}"),
        render=lambda it: encoded({**shape.shown(it), "secret": it.secret}),
    )
    return kept(answered.body, 201)


async def index(exchange: Exchange, shape: Shape) -> ASGIApp:
    """All of the account, oldest first."""
    hooks = await exchange.vault.hooks.all(exchange.who, exchange.dialect.name)
    mine = [it for it in hooks if it.details.get("shape") == shape.prefix]
    return json({"data": [shape.shown(it) for it in mine], "has_more": False})


async def show(exchange: Exchange, shape: Shape) -> ASGIApp:
    """One, without its secret."""
    id = hook_id(exchange, shape)
    hook = await exchange.vault.hooks.get(exchange.who, id, dialect=exchange.dialect.name)
    if hook.details.get("shape") != shape.prefix:
        raise NotFound("no such webhook")
    return json(shape.shown(hook))


async def destroy(exchange: Exchange, shape: Shape) -> ASGIApp:
    """It hears nothing more."""
    id = hook_id(exchange, shape)
    await exchange.vault.hooks.remove(exchange.who, id, dialect=exchange.dialect.name)
    return Response(status_code=204)


def _endpoints(shape: Shape) -> tuple[Endpoint, ...]:
    one = shape.path + "/{id}"
    return (
        Endpoint("POST", shape.path, partial(create, shape=shape), "Register a webhook"),
        Endpoint("GET", shape.path, partial(index, shape=shape), "List webhooks"),
        Endpoint("GET", one, partial(show, shape=shape), "Get a webhook"),
        Endpoint("DELETE", one, partial(destroy, shape=shape), "Delete a webhook"),
    )


ENDPOINTS = (*_endpoints(PLAIN), *_endpoints(FULL))
