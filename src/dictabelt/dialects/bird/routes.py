"""Endpoints of a workspace's recordings."""

from datetime import timedelta

from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.errors import NotFound
from dictabelt.core.ids import RecordingId
from dictabelt.core.links import Linked
from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Terms
from dictabelt.dialects.bird import lists, paging, wire
from dictabelt.dialects.bird.workspace import BELOW, query, refuse_foreign
from dictabelt.http.answers import json
from dictabelt.http.dialect import Endpoint, Exchange
from dictabelt.http.lasting import lasting, linking

TERMS = Terms(Variant(Form.MP3), timedelta(seconds=600))
_ALL = BELOW + "/recordings"
_ONE = _ALL + "/{recordingId}"


async def index(exchange: Exchange) -> ASGIApp:
    """A page of recordings, each `url` signed anew for 600 seconds."""
    asked = query(exchange, lists.PARAMETERS)
    page = await exchange.vault.links.find(
        exchange.who,
        lists.search(asked),
        window=paging.window(asked, most=lists.MOST),
        terms=TERMS,
    )
    return json(lists.recordings(page, exchange.signed))


async def show(exchange: Exchange) -> ASGIApp:
    """The recording, its `url` signed anew for 600 seconds."""
    linked = await _linked(exchange)
    if linked.link is None:
        return lasting(exchange, wire.recording(linked.recording, None))
    return linking(exchange, linked.link, tell=lambda _, url: wire.recording(linked.recording, url))


async def redirect(exchange: Exchange) -> ASGIApp:
    """307 to the presigned URL, which needs no key."""
    linked = await _linked(exchange)
    if linked.link is None:
        raise NotFound("the recording has no media")
    place = {"location": exchange.signed(linked.link), "cache-control": "no-store"}
    return Response(status_code=307, headers=place)


async def destroy_media(exchange: Exchange) -> ASGIApp:
    """The media is gone, the metadata stays; deleting it again changes nothing."""
    await exchange.vault.recordings.delete_media(exchange.who, _id(exchange))
    return Response(status_code=204)


async def _linked(exchange: Exchange) -> Linked:
    return await exchange.vault.links.with_recording(exchange.who, _id(exchange), TERMS)


def _id(exchange: Exchange) -> RecordingId:
    refuse_foreign(exchange)
    return wire.recording_id(exchange.path["recordingId"])


ENDPOINTS = (
    Endpoint("GET", _ALL, index, "List recordings"),
    Endpoint("GET", _ONE + ".mp3", redirect, "Redirect to the recording's MP3"),
    Endpoint("GET", _ONE, show, "Get a recording"),
    Endpoint("DELETE", _ONE, destroy_media, "Delete a recording's media, keep its metadata"),
)
