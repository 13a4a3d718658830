"""uvicorn's transport, with a way past it for stretches of files, which the system sends itself."""

import asyncio
import socket
import sys
from dataclasses import dataclass
from typing import Any

from dictabelt.server.lane import Made, Ticket
from dictabelt.server.passage import Passage


@dataclass(frozen=True, slots=True)
class Passed:
    """A body that went past the transport; uvicorn needs its length alone."""

    length: int

    def __len__(self) -> int:
        return self.length


class Wire:
    """What uvicorn takes for its transport; uvloop itself knows no sendfile."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._own: socket.socket | None = None
        self._held: bytes | None = None
        self._passage: Passage | None = None
        self._giving: asyncio.Task[None] | None = None
        self._ends = False
        self.ticket: Ticket | None = None
        """Of the request that uvicorn is given, where it might come again."""
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_plain = sys.platform == "linux" and transport.get_extra_info("sslcontext") is None
        """Whether what the system sends is what the client gets."""
        self.abort = transport.abort
        self.is_closing = transport.is_closing
        self.get_extra_info = transport.get_extra_info
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading
        _speed_up(transport.get_extra_info("socket"))

    @property
    def is_giving(self) -> bool:
        """Whether an answer is under way that uvicorn knows nothing of."""
        return self._giving is not None

    @property
    def unsent(self) -> int:
        """Bytes of a stretch under way that the system has not taken yet."""
        return 0 if self._passage is None else self._passage.left

    def close(self) -> None:
        """Once what is given has been taken."""
        self._ends = True
        if self._giving is None:
            self._transport.close()

    def give(self, head: bytes, it: Made) -> None:
        """The whole answer; while the client takes it, nothing more is read of what it asks."""
        if not it.count:
            self._transport.write(head + it.body)
            it.over(False)
            return
        passage = Passage(head, it.file, offset=it.offset, left=it.count)
        try:
            if passage.push(self._socket()):
                it.over(False)
                return
            spare = self._socket().dup()
            passage.own_file()
        except (OSError, EOFError) as error:
            self._break(it, error)
            return
        self.pause_reading()
        self._giving = asyncio.create_task(self._go_on(it, passage, spare))

    async def _go_on(self, it: Made, passage: Passage, spare: socket.socket) -> None:
        self._passage = passage
        try:
            with spare:
                if self.is_closing():
                    raise ConnectionResetError("the client is gone")
                await passage.pushed(spare, after=self._transport)
            it.over(False)
        except (OSError, EOFError) as error:
            self._break(it, error)
        finally:
            self._passage = self._giving = None
            passage.let_file_go()
            self._next()

    def _next(self) -> None:
        if self._ends:
            self._transport.close()
        elif not self.is_closing():
            self.resume_reading()

    def _break(self, it: Made, error: Exception) -> None:
        """Nobody is to take a part for the whole."""
        it.over(not isinstance(error, ConnectionError))
        self.abort()

    def hold(self) -> None:
        """What is written from now on leaves together with the stretch that comes next."""
        self._held = b""

    def release(self) -> None:
        """What is held leaves without waiting for a stretch."""
        held, self._held = self._held, None
        if held:
            self._transport.write(held)

    def write(self, data: Any) -> None:
        if type(data) is Passed:
            return
        if self._held is None:
            self._transport.write(data)
        else:
            self._held += data

    async def send_file(self, file: int, *, offset: int, count: int) -> None:
        """Sends what is held, then the stretch; returns once the system has taken them.

        Raises ConnectionError when the connection is over, EOFError where the file
        ends too early, OSError where it cannot be read.
        """
        held, self._held = self._held, None
        it = Passage(held or b"", file, offset=offset, left=count)
        try:
            await self._send(it)
        except ConnectionError:
            # uvicorn is to hear of it before the application does
            self.abort()
            await asyncio.shield(self._over)
            raise

    async def _send(self, it: Passage) -> None:
        if self.is_closing():
            raise ConnectionResetError("the client is gone")
        own = self._socket()
        if not self._transport.get_write_buffer_size() and it.push(own):
            return
        self._passage = it
        try:
            await it.pushed(own.dup(), after=self._transport)
        finally:
            self._passage = None

    def lost(self) -> None:
        """The connection is over, and its descriptor may soon be another's."""
        if not self._over.done():
            self._over.set_result(None)
        if self._own is not None:
            self._own.detach()
            self._own = None
        if self._passage is not None:
            self._passage.give_up()

    def _socket(self) -> socket.socket:
        """The transport's own; uvloop shows one that cannot send."""
        if self._own is None:
            it = self.get_extra_info("socket")
            self._own = socket.socket(it.family, it.type, it.proto, fileno=it.fileno())
            self._own.setblocking(False)
        return self._own


def _speed_up(own: Any) -> None:
    """Turns Nagle's algorithm off, as uvloop does.

    Head and body of an answer are two writes, of which the second would wait 40 ms
    for the client's delayed ACK; asyncio forgets this for listeners made elsewhere.
    """
    if own is not None and own.family != socket.AF_UNIX:
        own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
