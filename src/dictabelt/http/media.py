"""Media bytes over ASGI: whole, in parts, or not at all; one responder for every front."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from starlette.types import Message, Receive, Scope, Send
from werkzeug.http import http_date

from dictabelt.core.ports import Blob, Bytes, Guise, lay_of
from dictabelt.http import s3_errors
from dictabelt.http.again import Renewal, lines, renewed_by
from dictabelt.http.bodies import OPEN_END, Headers, Reply, send_bare, stream, stream_as_it_comes
from dictabelt.http.disposition import Disposition, content_disposition
from dictabelt.http.part import Part, stay_of
from dictabelt.http.passing import pass_on, way
from dictabelt.http.ranges import Parts, Span, Verdict, decide

_UNKNOWN = "application/octet-stream"

Refuse = Callable[[int, Mapping[str, Any]], tuple[str, bytes]]
Admit = Callable[[], Awaitable[None]]

_PLAYED = (200, 206)

_CONDITIONS = frozenset(
    (
        b"range",
        b"if-range",
        b"if-match",
        b"if-none-match",
        b"if-modified-since",
        b"if-unmodified-since",
    )
)
# A web player on any site may play what its user has a link or a key for.
_SHARED: Headers = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Accept-Ranges, Content-Range, Content-Length, ETag, Content-Disposition",
    ),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
]
_PREFLIGHT: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"Range, If-Range, If-None-Match, Authorization"),
    (b"access-control-max-age", b"86400"),
]
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(?: *;[ -~]*)?", re.ASCII)
# What a browser may show in place; HTML or SVG from a caller would run scripts on our own site.
_HARMLESS = re.compile(r"(?:audio|video|image)/(?!svg)", re.IGNORECASE)


@dataclass(frozen=True)
class Servable:
    """An ASGI application that answers GET, HEAD and OPTIONS for one media's bytes.

    `etag` names exactly the bytes served, in hex; `size` is None while they are
    being made to a length that nobody knows, and then they are served whole, as
    they come. `name` is the file name for a download and may be anything;
    `headers` are sent with the bytes; `elsewhere` says where a client may get them instead;
    `refuse` gives content type and body of a 405, 412 or 416 about a scope;
    `admit` is asked, once the first bytes are read, whether a GET may have them.
    """

    content_type: str
    size: int | None
    etag: str
    name: str
    last_modified: datetime
    open: Callable[[], Awaitable[Bytes]]
    disposition: Disposition = "inline"
    cache_control: str = "private, max-age=0, must-revalidate"
    headers: tuple[tuple[str, str], ...] = ()
    elsewhere: Callable[[Guise], Awaitable[str | None]] | None = None
    refuse: Refuse = s3_errors.response
    admit: Admit | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Opens the bytes only to send some of them, and always closes them.

        Raises what `open`, `admit` and the reading raise: before anything is sent when
        the bytes cannot be had, later only to have the server break the connection off.
        """
        if scope["method"] == "OPTIONS":
            await preflight(scope, receive, send)
            return
        reply = _reply(self, scope)
        if scope["method"] == "HEAD":
            await send_bare(Reply(reply.status, reply.headers), send)
            return
        if self.admit is not None and reply.status in _PLAYED:
            send = _admitting(self.admit, send)
        if not reply.wants_blob:
            await send_bare(reply, send)
        elif (place := await self._elsewhere(reply, scope)) is not None:
            await send_bare(_redirection(place), send)
        else:
            await self._stream(reply, scope, receive=receive, send=send)

    @cached_property
    def kind(self) -> tuple[bytes, bytes]:
        """The field of its type."""
        sane = _MEDIA_TYPE.fullmatch(self.content_type)
        return b"content-type", (self.content_type if sane else _UNKNOWN).encode()

    @cached_property
    def identity(self) -> Headers:
        """What a 304 repeats (section 15.4.5), and what lets a page of another site read it."""
        own = [(name.lower().encode(), value.encode("latin-1")) for name, value in self.headers]
        return [
            (b"etag", f'"{self.etag}"'.encode()),
            (b"last-modified", http_date(self.last_modified).encode()),
            (b"cache-control", self.cache_control.encode()),
            *_SHARED,
            *own,
        ]

    @cached_property
    def standing(self) -> Headers:
        """What every 200 and 206 has, whatever part it is."""
        ranges = b"none" if self.size is None else b"bytes"
        named = _disposition(self).encode()
        return [(b"accept-ranges", ranges), (b"content-disposition", named), *self.identity]

    async def _elsewhere(self, reply: Reply, scope: Scope) -> str | None:
        """Where a client gets the same answer: what it compares with are our names of the bytes."""
        if self.elsewhere is None or len(reply.body) != 1 or _conditions(scope).keys() - {"range"}:
            return None
        guise = Guise(self.kind[1].decode(), _disposition(self))
        return await self.elsewhere(guise)

    async def _stream(self, reply: Reply, scope: Scope, *, receive: Receive, send: Send) -> None:
        blob = await self.open()
        kept = False
        try:
            if self.size is None and isinstance(blob, Blob):  # made meanwhile: it has a length now
                reply = _reply(replace(self, size=blob.size), scope)
            if reply.is_open_ended:
                await stream_as_it_comes(blob, reply, receive=receive, send=send)
            elif (lay := way(blob, reply, scope=scope)) is not None:
                await pass_on(blob, reply, lay=lay, send=send)
            elif reply.wants_blob:
                await stream(blob, reply, receive=receive, send=send)
            else:
                await send_bare(reply, send)
            kept = await self._keep(blob, reply, scope)
        finally:
            if not kept:
                await blob.close()

    async def _keep(self, blob: Bytes, reply: Reply, scope: Scope) -> bool:
        """Whether the file stays open for other parts of it, by the same request."""
        stay, lay, span = stay_of(scope), lay_of(blob), reply.span
        if stay is None or lay is None or span is None or self.size is None:
            return False
        if reply.status != 206 or _conditions(scope).keys() != {"range"}:
            return False
        lies = await lay(span[0], 1)
        if lies is None:
            return False
        part = Part(blob, lies, start=span[0], size=self.size, stay=stay)
        renewed_by(scope, Renewal(partial(part.make, head=self._lines), part.rest))
        return True

    @cached_property
    def _still(self) -> tuple[bytes, bytes]:
        """What stands before and after the lines that differ from one part to another."""
        return lines([self.kind]), lines(self.standing)

    def _lines(self, span: Span) -> bytes:
        """The head of a part, as `_described` has it."""
        before, after = self._still
        own = b"content-range: %b\r\ncontent-length: %d\r\n"
        _, its_range = _content_range(self, span)
        return before + own % (its_range, span[1] - span[0]) + after


async def preflight(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers OPTIONS (Fetch standard, CORS-preflight) without a word on what is there."""
    del scope, receive
    await send_bare(Reply(204, list(_PREFLIGHT)), send)


def _admitting(admit: Admit, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            await admit()
        await send(message)

    return sending


def _reply(media: Servable, scope: Scope) -> Reply:
    if scope["method"] not in ("GET", "HEAD"):
        return _refusal(media, scope, status=405)
    conditions, size = _conditions(scope), media.size
    if size is None:
        conditions.pop("range", None)
    match decide(conditions, size=size or 0, etag=media.etag, last_modified=media.last_modified):
        case Parts(spans=spans):
            return _described(media, _partial(media, spans))
        case Verdict.WHOLE:
            end = OPEN_END if size is None else size
            return _described(media, Reply(200, [media.kind], ((0, end),)))
        case Verdict.NOT_MODIFIED:
            return Reply(304, media.identity)
        case refused:
            return _refusal(media, scope, status=refused.value)


def _conditions(scope: Scope) -> dict[str, str]:
    """The header fields that decide what is sent; lines of one name are one list (section 5.3)."""
    found: dict[str, str] = {}
    for raw, value in scope["headers"]:
        if raw in _CONDITIONS:
            name, text = raw.decode(), value.decode("latin-1")
            found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def _partial(media: Servable, spans: tuple[Span, ...]) -> Reply:
    if len(spans) == 1:
        return Reply(206, [media.kind, _content_range(media, spans[0])], spans)
    # The hash of all the bytes cannot well stand among them, and HEAD must name what GET will.
    boundary = media.etag[:32].encode()
    body: list[bytes | Span] = []
    for span in spans:
        fields = (media.kind, _content_range(media, span))
        lines = b"".join(b"%s: %s\r\n" % field for field in fields)
        body += [b"\r\n--%s\r\n%s\r\n" % (boundary, lines), span]
    body.append(b"\r\n--%s--\r\n" % boundary)
    kind = b"multipart/byteranges; boundary=%s" % boundary
    return Reply(206, [(b"content-type", kind)], tuple(body))


def _described(media: Servable, reply: Reply) -> Reply:
    """The reply with the headers that every 200 and 206 has."""
    length = [] if media.size is None else [(b"content-length", b"%d" % reply.length)]
    return Reply(reply.status, [*reply.headers, *length, *media.standing], reply.body)


def _disposition(media: Servable) -> str:
    kind = media.disposition if _HARMLESS.match(media.content_type) else "attachment"
    return content_disposition(kind, media.name)


def _redirection(place: str) -> Reply:
    headers = [
        (b"location", place.encode()),
        (b"content-length", b"0"),
        (b"cache-control", b"no-store"),
        *_SHARED,
    ]
    return Reply(307, headers)


def _refusal(media: Servable, scope: Scope, *, status: int) -> Reply:
    content_type, body = media.refuse(status, scope)
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *_SHARED,
    ]
    if status == 405:
        headers.append((b"allow", b"GET, HEAD, OPTIONS"))
    if status == 416:
        headers.append((b"content-range", b"bytes */%d" % (media.size or 0)))
    return Reply(status, headers, (body,))


def _content_range(media: Servable, span: Span) -> tuple[bytes, bytes]:
    return b"content-range", b"bytes %d-%d/%d" % (span[0], span[1] - 1, media.size or 0)
