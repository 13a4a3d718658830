"""Bird's endpoints."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.access import Credentials
from dictabelt.core.errors import NotFound, VaultError
from dictabelt.core.ids import read_uuid
from dictabelt.core.links import Linked
from dictabelt.core.nouns import Form, Terms
from dictabelt.dialects.bird import wire
from dictabelt.http.answers import json
from dictabelt.http.credentials import token
from dictabelt.http.dialect import Endpoint, Exchange
from dictabelt.http.refusals import headers, nearest

TERMS = Terms(Form.MP3, timedelta(seconds=600))
_BASE = "/workspaces/{workspaceId}/recordings/{recordingId}"


def credentials(request: Request) -> Credentials | None:
    """`Authorization: AccessKey ...`."""
    return token(request, "accesskey")


def refuse(refusal: VaultError, request: Request) -> ASGIApp:
    """`code` and `message`."""
    del request
    status, code, message = nearest(wire.ERRORS, refusal)
    return json(wire.error(code, message), status, headers=headers(refusal, challenge="AccessKey"))


async def show(exchange: Exchange) -> ASGIApp:
    """The recording, its `url` signed anew for 600 seconds."""
    linked = await _linked(exchange)
    url = exchange.signed(linked.link) if linked.link else None
    return json(wire.recording(linked.recording, url))


async def redirect(exchange: Exchange) -> ASGIApp:
    """307 to the presigned URL, which needs no key."""
    linked = await _linked(exchange)
    if linked.link is None:
        raise NotFound("the recording has no media")
    place = {"location": exchange.signed(linked.link), "cache-control": "no-store"}
    return Response(status_code=307, headers=place)


async def _linked(exchange: Exchange) -> Linked:
    if read_uuid(exchange.path["workspaceId"]) != exchange.who.account:
        raise NotFound("no such workspace")
    id = wire.recording_id(exchange.path["recordingId"])
    return await exchange.vault.links.with_recording(exchange.who, id, TERMS)


ENDPOINTS = (
    Endpoint("GET", _BASE + ".mp3", redirect, "Redirect to the recording's MP3"),
    Endpoint("GET", _BASE, show, "Get a recording"),
)
