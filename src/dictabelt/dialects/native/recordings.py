"""Recordings: made, found, read, changed, deleted."""

from collections.abc import AsyncIterator, Mapping

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.access import require
from dictabelt.core.errors import Invalid
from dictabelt.core.ingest import Upload
from dictabelt.core.media import Kind
from dictabelt.core.nouns import Recording, Scope, State
from dictabelt.core.recordings import Changes
from dictabelt.core.search import Page
from dictabelt.dialects.native import asking, cursors, known, wire
from dictabelt.http import reading
from dictabelt.http.answers import ClientGone, encoded, json, kept
from dictabelt.http.body import small_body
from dictabelt.http.dialect import Endpoint, Exchange
from dictabelt.http.idempotency import once
from dictabelt.http.lasting import lasting

ONE = wire.RECORDINGS + "/{id}"
CHANGES = ("name", "metadata", "tags", "hold", "speakers", "state", "error_code")
KINDS = {it.value: it for it in Kind}
# Where a client may move a recording by hand; media coming in does the rest.
STEERED = {
    "paused": State.PAUSED,
    "in_progress": State.IN_PROGRESS,
    "stopped": State.PROCESSING,
}
ENDED = {"absent": State.ABSENT, "failed": State.FAILED}


async def create(exchange: Exchange) -> ASGIApp:
    """A recording that waits for its media, or is in progress."""
    require(exchange.who, Scope.WRITE)
    asking.query(exchange.request)
    body = await small_body(exchange.request)
    given = asking.members(body, *known.MEMBERS)
    answered = await exchange.vault.ingest.begin_once(
        exchange.who,
        known.known(given),
        once=once(exchange.request, body, operation="native POST /recordings"),
        render=lambda it: encoded(wire.recording(it)),
        state=asking.chosen(given, "state", words=known.BEGINNINGS, default=State.QUEUED),
    )
    return kept(answered.body, 201)


async def upload(exchange: Exchange) -> ASGIApp:
    """201 once the bytes are durable; 200 with the recording that has these bytes already."""
    require(exchange.who, Scope.WRITE)
    given = asking.query(exchange.request, *known.UPLOAD)
    arriving = Upload(
        chunks=chunks(exchange.request),
        name=reading.single(given, "name"),
        content_type=_type(exchange.request),
        kind=_kind(given),
    )
    recording, held = await _received(exchange, arriving, given)
    return json(wire.recording(recording), 200 if held else 201, headers=place(recording))


async def _received(
    exchange: Exchange, arriving: Upload, given: Mapping[str, tuple[str, ...]]
) -> tuple[Recording, bool]:
    try:
        added = await exchange.vault.ingest.add(exchange.who, arriving, known.of_upload(given))
    except ClientDisconnect:
        raise ClientGone from None
    return added.recording, added.duplicate


async def attach(exchange: Exchange) -> ASGIApp:
    """One more file of a recording, durable when it answers."""
    require(exchange.who, Scope.WRITE)
    id = wire.recording_id(exchange.path["id"])
    given = asking.query(exchange.request, "name", "kind")
    arriving = Upload(
        chunks=chunks(exchange.request),
        name=reading.single(given, "name"),
        content_type=_type(exchange.request),
        kind=_kind(given),
    )
    try:
        recording = await exchange.vault.ingest.attach(exchange.who, id, arriving)
    except ClientDisconnect:
        raise ClientGone from None
    return json(wire.recording(recording))


async def chunks(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes. Raises Invalid for none at all."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        yield chunk
    if not size:
        raise Invalid("the body is empty; send the audio", field="body")


async def index(exchange: Exchange) -> ASGIApp:
    """A page of what is searched for, newest first; or the one recording of an id."""
    require(exchange.who, Scope.READ)
    given = asking.query(exchange.request, *known.SEARCH, *cursors.NAMES, "id")
    spelled = reading.single(given, "id")
    if spelled is not None:
        return json(await _alone(exchange, spelled))
    found = await exchange.vault.recordings.find(
        exchange.who, known.search(given), window=cursors.window(given)
    )
    return json(cursors.page(found, id=lambda it: it.id, shown=wire.recording))


async def _alone(exchange: Exchange, spelled: str) -> dict[str, object]:
    recording = await exchange.vault.recordings.get(exchange.who, known.spelled_id(spelled))
    return cursors.page(Page((recording,), more=False), id=lambda it: it.id, shown=wire.recording)


async def show(exchange: Exchange) -> ASGIApp:
    """One recording."""
    require(exchange.who, Scope.READ)
    id = wire.recording_id(exchange.path["id"])
    return lasting(exchange, wire.recording(await exchange.vault.recordings.get(exchange.who, id)))


async def change(exchange: Exchange) -> ASGIApp:
    """What is known of it, or its state; not both at once."""
    require(exchange.who, Scope.WRITE)
    id = wire.recording_id(exchange.path["id"])
    given = await asking.body(exchange.request, *CHANGES)
    if "state" not in given:
        return json(
            wire.recording(await exchange.vault.recordings.change(exchange.who, id, changes(given)))
        )
    if set(given) - {"state", "error_code"}:
        raise Invalid("change the state in a request of its own", field="state")
    wanted = reading.word(given["state"], {**STEERED, **ENDED}, field="state")
    if wanted in ENDED.values():
        code = reading.text(given, "error_code", most=100)
        ended = await exchange.vault.live.end(exchange.who, id, wanted, error_code=code)
        return json(wire.recording(ended))
    return json(wire.recording(await exchange.vault.live.steer(exchange.who, id, wanted)))


def changes(given: Mapping[str, object]) -> Changes:
    """What a body changes; null takes a thing away. Raises Invalid."""
    if not given or "error_code" in given:
        raise Invalid(f"give something to change: {', '.join(CHANGES)}", field="body")
    listed = asking.listed(given, "tags")
    gone = {name for name, value in given.items() if value is None}
    kept_tags = None if listed is None else asking.tags(listed)
    return Changes(
        name="" if "name" in gone else reading.text(given, "name"),
        metadata={} if "metadata" in gone else reading.mapping(given, "metadata"),
        tags=() if "tags" in gone else kept_tags,
        hold=asking.truth(given, "hold"),
        speakers=() if "speakers" in gone else known.speakers(given),
    )


async def destroy(exchange: Exchange) -> ASGIApp:
    """Gone at once, with its media, links and transcriptions."""
    await exchange.vault.recordings.delete(exchange.who, wire.recording_id(exchange.path["id"]))
    return Response(status_code=204)


async def destroy_media(exchange: Exchange) -> ASGIApp:
    """Its bytes are freed; what is known of it stays."""
    id = wire.recording_id(exchange.path["id"])
    return json(wire.recording(await exchange.vault.recordings.delete_media(exchange.who, id)))


def place(it: Recording) -> dict[str, str]:
    """The Location of a new recording."""
    return {"location": f"{wire.RECORDINGS}/{it.id}"}


def _type(request: Request) -> str | None:
    """What the client says its bytes are, if it says anything. Raises Invalid for a form.

    `curl --data-binary` calls everything a form, which says nothing of the bytes.
    """
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if said.startswith("multipart/"):
        raise Invalid("the body must be the file itself, not a form: curl -T", field="body")
    return said if said.startswith(("audio/", "video/", "image/")) else None


def _kind(given: Mapping[str, tuple[str, ...]]) -> Kind:
    text = reading.single(given, "kind")
    return Kind.AUDIO if text is None else reading.word(text, KINDS, field="kind")


ENDPOINTS = (
    Endpoint("POST", wire.RECORDINGS, create, "Make a recording"),
    Endpoint("POST", wire.PREFIX + "/uploads", upload, "Upload a recording"),
    Endpoint("GET", wire.RECORDINGS, index, "Search recordings"),
    Endpoint("GET", ONE, show, "Get a recording"),
    Endpoint("PATCH", ONE, change, "Change a recording"),
    Endpoint("DELETE", ONE, destroy, "Delete a recording"),
    Endpoint("PUT", ONE + "/media", attach, "Add a file to a recording"),
    Endpoint("DELETE", ONE + "/media", destroy_media, "Delete the media, keep the metadata"),
)
