"""Receivers of letters on loopback: every connection is handled by a script of the test."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

FINE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass
class Receiver:
    """Where it listens, the whole requests that were read, and how many connections came."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


Script = Callable[[Receiver, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answering(answer: bytes) -> Script:
    """Reads a whole request, then gives `answer` and closes."""

    async def script(
        receiver: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)\r\n", head)
        body = await reader.readexactly(int(length[1])) if length else b""
        receiver.requests.append(head + body)
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return script


def flooding(start: bytes, piece: bytes) -> Script:
    """Reads a request's head, then gives `start` and `piece` for as long as it is listened to."""

    async def script(
        receiver: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start)
        while True:
            writer.write(piece)
            await writer.drain()

    return script


async def silent(
    receiver: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Reads on and on, and says nothing until the other side hangs up."""
    while await reader.read(65536):
        pass


async def slamming(
    receiver: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Resets the connection in the middle of the request."""
    await reader.read(10)
    writer.transport.abort()


@asynccontextmanager
async def receiving(
    script: Script, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """A receiver that runs `script` on every connection, until the context ends."""
    receiver = Receiver()
    running: set[asyncio.Task[None]] = set()

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(receiver, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.transport.abort()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        receiver.connections += 1
        running.add(asyncio.create_task(handled(reader, writer)))

    server = await asyncio.start_server(accepted, host, port, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for it in running:
            it.cancel()
        await asyncio.gather(*running, return_exceptions=True)
