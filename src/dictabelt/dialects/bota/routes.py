"""Bota's endpoints."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.access import Credentials, require
from dictabelt.core.errors import VaultError
from dictabelt.core.nouns import Form, Scope, Terms
from dictabelt.dialects.bota import wire
from dictabelt.http.answers import json
from dictabelt.http.body import small_body
from dictabelt.http.credentials import token
from dictabelt.http.dialect import Endpoint, Exchange
from dictabelt.http.refusals import headers, nearest

TERMS = Terms(Form.ORIGINAL, timedelta(seconds=3600))


def credentials(request: Request) -> Credentials | None:
    """The Bearer token."""
    return token(request, "bearer")


def refuse(refusal: VaultError, request: Request) -> ASGIApp:
    """`{"error": {"code", "message", "details"?}}`."""
    del request
    status, code, words = nearest(wire.ERRORS, refusal)
    body = wire.error(code, words.format(reason=refusal), details=wire.details(refusal))
    return json(body, status, headers=headers(refusal, challenge="Bearer"))


async def download_url(exchange: Exchange) -> ASGIApp:
    """A link of one hour to the media that the body names."""
    require(exchange.who, Scope.READ)
    recording = wire.recording_id(exchange.path["id"])
    media = wire.media_id(await small_body(exchange.request))
    linked = await exchange.vault.links.to_media(exchange.who, recording, TERMS, media=media)
    assert linked.link is not None
    assert linked.media is not None
    return json(wire.download(linked.media, linked.link, url=exchange.signed(linked.link)))


async def destroy(exchange: Exchange) -> ASGIApp:
    """Gone at once, with its media and links."""
    recording = wire.recording_id(exchange.path["id"])
    await exchange.vault.recordings.delete(exchange.who, recording)
    return Response(status_code=204)


ENDPOINTS = (
    Endpoint("POST", wire.BASE + "/{id}/download-url", download_url, "Download URL of a media"),
    Endpoint("DELETE", wire.BASE + "/{id}", destroy, "Delete a recording"),
)
