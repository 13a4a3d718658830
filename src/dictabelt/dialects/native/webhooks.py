"""Webhooks: where events go, in which dialect."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.access import require
from dictabelt.core.errors import Invalid, NotFound
from dictabelt.core.hooks import Wish, refuse_headers
from dictabelt.core.ids import HookId, read_uuid
from dictabelt.core.nouns import Scope
from dictabelt.core.webhook import Correspondent, Hook
from dictabelt.dialects.native import asking, wire
from dictabelt.http import reading
from dictabelt.http.answers import encoded, json, kept
from dictabelt.http.body import small_body
from dictabelt.http.dialect import Endpoint, Exchange, discover
from dictabelt.http.idempotency import once

ALL = wire.PREFIX + "/webhooks"
MEMBERS = ("url", "events", "dialect", "headers", "details")
EVERYTHING = "*"


def hook(it: Hook) -> dict[str, object]:
    """A webhook without its secret, and without the values of its headers."""
    return {
        "id": str(it.id),
        "url": it.url,
        "events": sorted(it.events),
        "dialect": it.dialect,
        "headers": sorted(it.headers),
        "details": it.details,
        "enabled": it.enabled,
        "created_at": wire.instant(it.created_at),
    }


def correspondents() -> dict[str, Correspondent]:
    """Who can write letters, by the name of the dialect."""
    return {it.name: it.correspondent for it in discover() if it.correspondent is not None}


def events(given: Mapping[str, object], writer: Correspondent) -> frozenset[str]:
    """The dialect's words that are asked for; all where none is said. Raises Invalid."""
    if given.get("events") is None:
        return frozenset({EVERYTHING})
    known = (EVERYTHING, *dict.fromkeys(writer.words.values()))
    return reading.words(given, "events", known=known)


def headers(given: Mapping[str, object]) -> dict[str, str]:
    """Headers to send along. Raises Invalid."""
    found = reading.mapping(given, "headers") or {}
    texts = {name: value for name, value in found.items() if isinstance(value, str)}
    if len(texts) < len(found):
        raise Invalid("headers must be an object of strings", field="headers")
    refuse_headers(texts)
    return texts


def wish(body: bytes) -> Wish:
    """The webhook that is asked for. Raises Invalid."""
    given = asking.members(body, *MEMBERS)
    writers = correspondents()
    names = {name: name for name in writers}
    dialect = asking.chosen(given, "dialect", words=names, default="native")
    return Wish(
        dialect=dialect,
        url=reading.required(given, "url", most=2_000),
        events=events(given, writers[dialect]),
        headers=headers(given),
        details=reading.mapping(given, "details") or {},
    )


async def create(exchange: Exchange) -> ASGIApp:
    """The webhook and, this once, its secret."""
    require(exchange.who, Scope.WRITE)
    body = await small_body(exchange.request)
    answered = await exchange.vault.hooks.add(
        exchange.who,
        wish(body),
        once=once(exchange.request, body, operation="native POST /webhooks"),
        render=lambda it: encoded({**hook(it), "secret": it.secret}),
    )
    return kept(answered.body, 201)


async def index(exchange: Exchange) -> ASGIApp:
    """Those of every dialect, oldest first."""
    return json({"data": [hook(it) for it in await exchange.vault.hooks.all(exchange.who)]})


async def show(exchange: Exchange) -> ASGIApp:
    """One webhook, of whichever dialect."""
    return json(hook(await _found(exchange)))


async def change(exchange: Exchange) -> ASGIApp:
    """Another address, other events, on or off."""
    require(exchange.who, Scope.WRITE)
    require(exchange.who, Scope.READ)
    before = await _found(exchange)
    names = ("url", "events", "headers", "details", "enabled")
    given = await asking.body(exchange.request, *names)
    if not given:
        raise Invalid(f"give something to change: {', '.join(names)}", field="body")
    enabled = asking.truth(given, "enabled")
    details = reading.mapping(given, "details")
    every = [word for it in correspondents().values() for word in it.words.values()]
    wanted = (EVERYTHING, *dict.fromkeys(every))
    changed = replace(
        before,
        url=reading.text(given, "url", most=2_000) or before.url,
        events=(
            before.events
            if given.get("events") is None
            else reading.words(given, "events", known=wanted)
        ),
        headers=before.headers if given.get("headers") is None else headers(given),
        details=before.details if details is None else details,
        enabled=before.enabled if enabled is None else enabled,
    )
    return json(hook(await exchange.vault.hooks.change(exchange.who, changed)))


async def destroy(exchange: Exchange) -> ASGIApp:
    """It hears nothing more."""
    require(exchange.who, Scope.WRITE)
    require(exchange.who, Scope.READ)
    gone = await _found(exchange)
    await exchange.vault.hooks.remove(exchange.who, gone.id, dialect=gone.dialect)
    return Response(status_code=204)


async def _found(exchange: Exchange) -> Hook:
    id = read_uuid(exchange.path["webhook"])
    for it in await exchange.vault.hooks.all(exchange.who):
        if it.id == HookId(id) if id else False:
            return it
    raise NotFound("no such webhook")


ENDPOINTS = (
    Endpoint("POST", ALL, create, "Register a webhook"),
    Endpoint("GET", ALL, index, "List webhooks"),
    Endpoint("GET", ALL + "/{webhook}", show, "Get a webhook"),
    Endpoint("PATCH", ALL + "/{webhook}", change, "Change a webhook"),
    Endpoint("DELETE", ALL + "/{webhook}", destroy, "Delete a webhook"),
)
