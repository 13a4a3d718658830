"""A guarded server whose clock is the test's, and raw connections to it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from dictabelt.server.deadlines import Deadlines
from dictabelt.server.heads import Heads
from dictabelt.server.watch import Watch

PATIENCE = 10
LONG = 32 * 1024 * 1024
GET = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


@dataclass(frozen=True)
class Served:
    """Where it listens, and who watches the door."""

    port: int
    watch: Watch
    lines: list["Line"] = field(default_factory=list)

    async def calling(self, *lines: bytes) -> "Line":
        """A connection on which `lines` were sent."""
        it = Line(*await asyncio.open_connection("127.0.0.1", self.port))
        self.lines.append(it)
        for line in lines:
            it.say(line)
        return it


@dataclass(frozen=True)
class Line:
    """A raw connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def say(self, text: bytes) -> None:
        self.writer.write(text)

    async def answer(self) -> tuple[int, bytes]:
        """Status and body of one answer that has a length."""
        head = (await self.head()).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return int(head.split()[1]), await self.reader.readexactly(length)

    async def head(self) -> bytes:
        """An answer's head."""
        return await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)

    async def rest(self) -> bytes:
        """What comes until the server ends the connection, one way or the other."""
        got = bytearray()
        try:
            while piece := await asyncio.wait_for(self.reader.read(65536), PATIENCE):
                got += piece
        except ConnectionError:
            pass
        return bytes(got)

    def hang_up(self) -> None:
        self.writer.transport.abort()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """POST: how long the body is; /refused: 403 at once; /long: 32 MiB; else `ok`."""
    count = 0
    if scope["method"] == "POST" and scope["path"] != "/refused":
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            count += len(message["body"])
            more = message["more_body"]
    body = b"%d" % count if count else b"ok"
    if scope["path"] == "/long":
        body = bytes(LONG)
    status = 403 if scope["path"] == "/refused" else 200
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for start in range(0, len(body), 65536):
        piece = body[start : start + 65536]
        more = start + 65536 < len(body)
        await send({"type": "http.response.body", "body": piece, "more_body": more})


@asynccontextmanager
async def watched(deadlines: Deadlines, answering: ASGIApp = app) -> AsyncIterator[Served]:
    """A guarded application; nobody looks at the connections but the test."""
    watch = Watch(deadlines)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            Heads(answering),
            http=cast(Any, watch.protocol),
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        served = Served(listening.getsockname()[1], watch)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield served
        finally:
            for it in served.lines:
                it.hang_up()
            server.should_exit = True
            await running
            watch.lane.close()
