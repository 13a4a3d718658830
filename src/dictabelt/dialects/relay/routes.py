"""Relay REST's endpoints."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.access import Credentials
from dictabelt.core.errors import VaultError
from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Terms
from dictabelt.core.search import Page, Search
from dictabelt.dialects.relay import paging, wire
from dictabelt.http.answers import json
from dictabelt.http.credentials import basic
from dictabelt.http.dialect import Endpoint, Exchange
from dictabelt.http.lasting import lasting, linking
from dictabelt.http.refusals import headers, nearest

# The vendor documents no lifetime of `url`; a day outlives a shift and a batch run.
TERMS = Terms(Variant(Form.WAV), timedelta(days=1), "recording")


def credentials(request: Request) -> Credentials | None:
    """Basic, project id and token."""
    return basic(request)


def refuse(refusal: VaultError, request: Request) -> ASGIApp:
    """`{"error": ...}`, or the list of `errors` under 422."""
    del request
    status, words = nearest(wire.ERRORS, refusal)
    body = wire.validation(refusal) if status == 422 else wire.error(words)
    return json(body, status, headers=headers(refusal, challenge="Basic"))


async def index(exchange: Exchange) -> ASGIApp:
    """A page of recordings, newest first, each with its `url` signed anew."""
    wanted = paging.asked(exchange.request.query_params)
    page = await exchange.vault.links.find(
        exchange.who, Search(), window=wanted.window, terms=TERMS
    )
    data = [
        wire.recording(it.recording, exchange.signed(it.link) if it.link else None)
        for it in page.items
    ]
    recordings = Page(tuple(it.recording for it in page.items), page.more)
    return json({"links": paging.links(wanted, recordings, path=wire.BASE), "data": data})


async def show(exchange: Exchange) -> ASGIApp:
    """The recording, its `url` signed anew."""
    id = wire.recording_id(exchange.path["id"])
    linked = await exchange.vault.links.with_recording(exchange.who, id, TERMS)
    if linked.link is None:
        return lasting(exchange, wire.recording(linked.recording, None))
    return linking(exchange, linked.link, tell=lambda _, url: wire.recording(linked.recording, url))


async def destroy(exchange: Exchange) -> ASGIApp:
    """Gone at once, with its links."""
    id = wire.recording_id(exchange.path["id"])
    await exchange.vault.recordings.delete(exchange.who, id)
    return Response(status_code=204)


ENDPOINTS = (
    Endpoint("GET", wire.BASE, index, "List recordings"),
    Endpoint("GET", wire.BASE + "/{id}", show, "Get a recording"),
    Endpoint("DELETE", wire.BASE + "/{id}", destroy, "Delete a recording"),
)
