"""Sends an answer whose body mixes bytes of our own with spans of a blob, piece by piece."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from starlette.types import Message, Receive, Send

from dictabelt.core.damage import Damage
from dictabelt.core.errors import Damaged
from dictabelt.core.ports import Bytes
from dictabelt.http.ranges import Span

CHUNK = 256 * 1024
OPEN_END = 1 << 62
"""The end of a span whose end nobody knows yet."""

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers, and a body of bytes and of spans of a blob, one after the other."""

    status: int
    headers: Headers
    body: tuple[bytes | Span, ...] = ()

    @property
    def span(self) -> Span | None:
        """The body, where that is nothing but one stretch of a blob."""
        only = self.body[0] if len(self.body) == 1 else b""
        return None if isinstance(only, bytes) else only

    @property
    def length(self) -> int:
        """Of the body, in bytes."""
        if (span := self.span) is not None:
            return span[1] - span[0]
        return sum(len(it) if isinstance(it, bytes) else it[1] - it[0] for it in self.body)

    @property
    def wants_blob(self) -> bool:
        """Whether any byte of a blob is needed; spans may be empty."""
        if (span := self.span) is not None:
            return span[0] < span[1]
        return any(not isinstance(it, bytes) and it[0] < it[1] for it in self.body)

    @property
    def is_open_ended(self) -> bool:
        """Whether it lasts until the blob ends, wherever that is."""
        span = self.span
        return span is not None and span[1] == OPEN_END

    @property
    def head(self) -> Message:
        """The ASGI message that starts the response."""
        return {"type": "http.response.start", "status": self.status, "headers": self.headers}


async def send_bare(reply: Reply, send: Send) -> None:
    """The head and the bytes of our own, without any of a blob."""
    await send(reply.head)
    body = b"".join(it for it in reply.body if isinstance(it, bytes))
    await send(_chunk(body, more=False))


async def stream(blob: Bytes, reply: Reply, *, receive: Receive, send: Send) -> None:
    """The whole reply, at most 256 KiB of it in memory; ends early when the client hangs up.

    Raises StorageFailed when the blob cannot be read or ends before its spans
    do: the server then breaks the connection off, so that nobody takes a part
    for the whole.
    """
    steps = _steps(reply)
    first, second = next(steps), next(steps, None)
    await _pass_on(blob, first, send=send, head=reply.head, more=second is not None)
    if second is None:
        return
    gone = asyncio.ensure_future(_hang_up(receive))
    try:
        for step in chain((second,), steps):
            # Lets `gone` notice, and other requests run: neither read nor send need ever wait.
            await asyncio.sleep(0)
            if gone.done():
                return
            await _pass_on(blob, step, send=send)
        await send(_chunk(b"", more=False))
    finally:
        gone.cancel()


async def stream_as_it_comes(blob: Bytes, reply: Reply, *, receive: Receive, send: Send) -> None:
    """The head, and all of the blob, whose end shows only when it is there.

    Raises as `stream`: an answer without a length is whole only when it is ended.
    """
    piece = await blob.read(0, CHUNK)
    await send(reply.head)
    gone = asyncio.ensure_future(_hang_up(receive))
    try:
        offset = 0
        while piece and not gone.done():
            await send(_chunk(piece, more=True))
            offset += len(piece)
            piece = await blob.read(offset, CHUNK)
        if not gone.done():
            await send(_chunk(b"", more=False))
    finally:
        gone.cancel()


async def _pass_on(
    blob: Bytes, step: "Step", *, send: Send, head: Message | None = None, more: bool = True
) -> None:
    # A function of its own, so that one piece is let go before the next is read.
    body = await read(blob, step)
    # After the first read, so that failing to is a clean refusal, and head and body leave together.
    if head is not None:
        await send(head)
    await send(_chunk(body, more=more))


def _chunk(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _hang_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@dataclass(frozen=True, slots=True)
class Step:
    """One message: `lead`, then `length` bytes of the media from `offset`."""

    lead: bytes
    offset: int
    length: int


def _steps(reply: Reply) -> Iterator[Step]:
    span = reply.span
    if span is not None and span[1] - span[0] <= CHUNK:
        return iter((Step(b"", span[0], span[1] - span[0]),))
    return _many(reply.body)


def _many(body: tuple[bytes | Span, ...]) -> Iterator[Step]:
    lead = b""
    for piece in body:
        if isinstance(piece, bytes):
            lead += piece
            continue
        for offset in range(*piece, CHUNK):
            yield Step(lead, offset, min(CHUNK, piece[1] - offset))
            lead = b""
    if lead:
        yield Step(lead, 0, 0)


async def read(blob: Bytes, step: Step) -> bytes:
    """All of the step. Raises Damaged when the bytes end early: never a short body."""
    pieces, missing = [step.lead] if step.lead else [], step.length
    while missing:
        piece = await blob.read(step.offset + step.length - missing, missing)
        if not piece:
            raise Damaged("the stored bytes end before their length", Damage.SHORT)
        pieces.append(piece)
        missing -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
