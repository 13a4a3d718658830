"""Answers that several fronts give: JSON, and a rendition as media."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from dictabelt.core.links import extension
from dictabelt.core.media import Form
from dictabelt.core.playable import Playable
from dictabelt.http import s3_errors
from dictabelt.http.media import Admit, Refuse, Servable

T = TypeVar("T")
_JSON = "application/json"
_FRESH = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_encode = msgspec.json.Encoder().encode


class Answer:
    """A head and a body, both whole; a third of what Starlette's own takes to make and send."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, body: bytes, status: int, *, headers: Mapping[str, str]) -> None:
        self.body = body
        self.status = status
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        del scope, receive
        head = [(name.encode("latin-1"), it.encode("latin-1")) for name, it in self.headers.items()]
        head.append((b"content-length", b"%d" % len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": head})
        await send({"type": "http.response.body", "body": self.body})


def json(
    content: object,
    status: int = 200,
    *,
    headers: Mapping[str, str] | None = None,
    media_type: str = _JSON,
) -> Answer:
    """`content` as JSON, never cached: what it says can change with the next request."""
    own = {**_FRESH, **(headers or {}), "content-type": media_type}
    return Answer(_encode(content), status, headers=own)


def encoded(content: object) -> bytes:
    """The bytes that `json` would send."""
    return _encode(content)


def kept(body: bytes, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Answer:
    """As `json`, of bytes that `encoded` made, now or when the request came first."""
    own = {**_FRESH, **(headers or {}), "content-type": _JSON}
    return Answer(body, status, headers=own)


@dataclass(frozen=True, slots=True)
class Words:
    """A vendor's own words around media: types by form, and the body of a 405, 412 or 416."""

    content_type: Mapping[Form, str] = field(default_factory=dict)
    refuse: Refuse = s3_errors.response


S3_WORDS = Words()


def media(
    playable: Playable,
    *,
    words: Words = S3_WORDS,
    admit: Admit | None = None,
    until: datetime | None = None,
) -> ASGIApp:
    """The rendition's bytes, under a file name that its owner will know again.

    `admit` may refuse them at the last moment, as `Servable` has it. Where the client is sent to
    the store for them, then not after `until`.
    """
    elsewhere = playable.elsewhere
    rendition, original = playable.rendition, playable.media
    stem = PurePosixPath(original.name).stem if original.name else str(playable.recording.id)
    return Servable(
        content_type=words.content_type.get(rendition.form, rendition.content_type),
        size=rendition.size,
        etag=rendition.etag,
        name=f"{stem}.{extension(original, rendition.form)}",
        last_modified=original.created_at,
        open=playable.open,
        elsewhere=None if elsewhere is None else lambda guise: elsewhere(guise, until),
        refuse=words.refuse,
        admit=admit,
    )


async def while_connected(request: Request, work: Coroutine[None, None, T]) -> T:
    """The result of `work`, which is cancelled when the client hangs up first.

    Raises ClientGone then; for requests without a body only, since it reads the channel.
    """
    doing = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request.receive))
    try:
        await asyncio.wait({doing, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise ClientGone
        return doing.result()
    finally:
        gone.cancel()
        doing.cancel()


class ClientGone(Exception):
    """The client hung up; there is nobody to answer."""


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
