"""SubVerse's endpoint: a call id, or the URL of one of our own recordings, becomes a link."""

from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.types import ASGIApp

from dictabelt.core.access import Credentials
from dictabelt.core.errors import Invalid, NotFound, VaultError
from dictabelt.core.links import Linked
from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Terms
from dictabelt.dialects.subverse import session, wire
from dictabelt.http.answers import json
from dictabelt.http.credentials import header
from dictabelt.http.dialect import Endpoint, Exchange
from dictabelt.http.lasting import lasting, linking
from dictabelt.http.refusals import headers, nearest

TERMS = Terms(Variant(Form.MP3), timedelta(seconds=3600), "recording")


def credentials(request: Request) -> Credentials | None:
    """The x-api-key header."""
    return header(request, "x-api-key")


def refuse(refusal: VaultError, request: Request) -> ASGIApp:
    """The envelope with the real outcome in responseCode; sessions answer as version 2 does."""
    if request.scope["path"].startswith(session.PREFIX):
        status, word, message = nearest(session.SESSION_ERRORS, refusal)
        return json(
            session.refusal(status, word, message=message), status, headers=headers(refusal)
        )
    status, code, message = nearest(wire.ERRORS, refusal)
    return json(wire.envelope(code, message), status, headers=headers(refusal))


def outcome(refusal: VaultError, request: Request) -> int:
    """The responseCode that `refuse` says."""
    if request.scope["path"].startswith(session.PREFIX):
        return nearest(session.SESSION_ERRORS, refusal)[0]
    return nearest(wire.ERRORS, refusal)[1]


async def signed_recording_url(exchange: Exchange) -> ASGIApp:
    """callId wins over callRecordingUrl; an empty one counts as missing."""
    sent = exchange.request.scope["query_string"].decode("latin-1")
    query = dict(parse_qsl(sent, keep_blank_values=True))
    call_id, url = query.get("callId"), query.get("callRecordingUrl")
    if call_id:
        linked = await exchange.vault.links.to_call(exchange.who, call_id, TERMS)
    elif url:
        linked = await _ours(exchange, url)
    else:
        raise Invalid(wire.REQUIRED)
    assert linked.link is not None

    def tell(_: datetime, url: str) -> object:
        return wire.envelope(200, wire.SIGNED, data={"url": url})

    return linking(exchange, linked.link, tell=tell)


async def fetch(exchange: Exchange) -> ASGIApp:
    """A call, with a link to its newest recording."""
    id = session.session_id(exchange.path["sessionId"])
    found = await exchange.vault.links.to_session(exchange.who, id, TERMS)
    recording, link = found.linked.recording, found.linked.link

    def tell(url: str | None) -> object:
        details = session.session(recording, found.said, url=url)
        return wire.envelope(200, session.FOUND, data=details)

    if link is None:
        return lasting(exchange, tell(None))
    return linking(exchange, link, tell=lambda _, url: tell(url))


async def _ours(exchange: Exchange, url: str) -> Linked:
    # The URL is only read: fetching or signing what a client names would be request forgery.
    place = wire.location(url)
    if place is None or place[0] not in exchange.urls.hosts(exchange.request):
        raise NotFound("not a URL of this vault")
    target = exchange.urls.target(place[1])
    if target is None or target.account != exchange.who.account:
        raise NotFound("not a recording of this account")
    return await exchange.vault.links.to_recording(
        exchange.who, target.recording, TERMS, media=target.media
    )


ENDPOINTS = (
    Endpoint("GET", wire.PATH, signed_recording_url, "Signed URL for a call's recording"),
    Endpoint("GET", session.PATH, fetch, "Fetch a session"),
)
