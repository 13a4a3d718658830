"""A TCP proxy before an HTTP server, which spoils what a test tells it to."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

_BUSY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/xml\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n"
)
_SLOW_DOWN: Final = (
    b"<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>"
)


class Spoiled(Exception):
    """This connection is at its end."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer as it came: head with the empty line, and body."""

    head: bytes
    body: bytes

    @property
    def start(self) -> str:
        return self.head.partition(b"\r\n")[0].decode("latin-1")


@dataclass(slots=True)
class Exchange:
    """One request on its way: the client's side, and how to get the server's answer."""

    client: asyncio.StreamWriter
    ask: Callable[[], Coroutine[Any, Any, Message]]

    def reset(self) -> None:
        """The connection breaks, without a word."""
        wire = self.client.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.client.transport.abort()
        raise Spoiled


Fault = Callable[[Exchange], Coroutine[Any, Any, None]]


async def busy(it: Exchange) -> None:
    """503, and the server hears nothing."""
    it.client.write(_BUSY % len(_SLOW_DOWN) + _SLOW_DOWN)
    await it.client.drain()
    raise Spoiled


async def reset_before(it: Exchange) -> None:
    """The request is lost."""
    it.reset()


async def reset_after(it: Exchange) -> None:
    """The request does its work, and its answer is lost."""
    await it.ask()
    it.reset()


async def truncate(it: Exchange) -> None:
    """The answer ends in its middle: in the body, or in the head where there is no body."""
    answer = await it.ask()
    whole = answer.head + answer.body
    cut = len(answer.head) + len(answer.body) // 2 if answer.body else len(answer.head) // 2
    it.client.write(whole[:cut])
    await it.client.drain()
    raise Spoiled


async def stall(it: Exchange) -> None:
    """The request does its work, and no answer ever comes."""
    await it.ask()
    await asyncio.Event().wait()


FAULTS: Final[dict[str, Fault]] = {
    "busy": busy,
    "reset before": reset_before,
    "reset after": reset_after,
    "truncate": truncate,
    "stall": stall,
}


@dataclass(slots=True)
class Proxy:
    """Passes requests on; spoils those whose number (from 1) is in `spoils` with `fault`."""

    port: int
    endpoint: str = ""
    fault: Fault = busy
    spoils: Callable[[int], bool] = lambda _: False
    asked: list[str] = field(default_factory=list)
    delay: float = 0

    def spoil(self, fault: Fault, spoils: Callable[[int], bool]) -> None:
        """Counts anew from the next request on."""
        self.asked.clear()
        self.fault, self.spoils = fault, spoils

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client, until either side ends it."""
        upstream: asyncio.StreamWriter | None = None
        try:
            back, upstream = await asyncio.open_connection("127.0.0.1", self.port)
            while request := await _message(reader):
                await self._pass_on(request, Exchange(writer, _asking(request, back, upstream)))
        except (OSError, Spoiled, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            # A client that no longer reads would keep a close waiting for ever.
            writer.transport.abort()
        finally:
            await _closed(writer, upstream)

    async def _pass_on(self, request: Message, exchange: Exchange) -> None:
        self.asked.append(request.start)
        if self.spoils(len(self.asked)):
            await self.fault(exchange)
            return
        answer = await exchange.ask()
        if self.delay:
            await asyncio.sleep(self.delay)
        exchange.client.write(answer.head + answer.body)
        await exchange.client.drain()


@asynccontextmanager
async def proxied(port: int) -> AsyncIterator[Proxy]:
    """A proxy before the server at `port` of this machine."""
    proxy = Proxy(port)
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(proxy.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=1 << 20)
    proxy.endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(OSError):
            await server.wait_closed()


async def _closed(*sides: asyncio.StreamWriter | None) -> None:
    """The loop of a test ends after it: a transport that is only closing would be left to it."""
    there = [side for side in sides if side]
    for side in there:
        side.close()
    await asyncio.gather(*(side.wait_closed() for side in there), return_exceptions=True)


def _asking(
    request: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Callable[[], Coroutine[Any, Any, Message]]:
    async def ask() -> Message:
        writer.write(request.head + request.body)
        await writer.drain()
        bare = request.start.startswith("HEAD")
        answer = await _message(reader, bare=bare)
        if answer is None:
            raise Spoiled
        return answer

    return ask


async def _message(reader: asyncio.StreamReader, *, bare: bool = False) -> Message | None:
    """The next message; one of a HEAD is `bare`, whatever its length says. None at the end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    no_body = bare or head.startswith((b"HTTP/1.1 204", b"HTTP/1.1 304"))
    if fields.get(b"expect") or no_body:
        return Message(head, b"")
    if fields.get(b"transfer-encoding") == b"chunked":
        return Message(head, await _chunks(reader))
    return Message(head, await reader.readexactly(int(fields.get(b"content-length", 0))))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        body += line + await reader.readexactly(int(line.split(b";")[0], 16) + 2)
        if line.strip() == b"0":
            return body
