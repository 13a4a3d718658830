"""Stands before uvicorn's protocol: bounds heads, and tells how far a client has come."""

import asyncio
import socket
from collections.abc import Hashable
from struct import unpack_from
from typing import TYPE_CHECKING, Protocol, cast

from dictabelt.server.deadlines import LARGEST_HEAD, Phase
from dictabelt.server.lane import Lane, Made, Ticket, status_line
from dictabelt.server.wire import Wire

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    Inner = HttpToolsProtocol | H11Protocol

# `struct tcp_info` of <linux/tcp.h>; Linux tells `tcpi_bytes_acked` since 4.1.
_TCP_INFO = getattr(socket, "TCP_INFO", None)
_ACKED_AT, _INFO_SIZE = 120, 128

_FULL = "as many connections are open as the server allows; try again in a second"
_LATE = "the request did not come in time; send it again, without pauses"
_LARGE = f"request line and headers are longer than {LARGEST_HEAD} bytes; send less in them"


class Door(Protocol):
    """Counts connections in and out."""

    def enter(self, guard: "Guard") -> bool: ...

    def leave(self, guard: "Guard") -> None: ...

    @property
    def lane(self) -> Lane: ...


class Guard:
    """One connection: asyncio's protocol, which calls uvicorn's.

    uvicorn itself has a deadline for idle connections alone, and a stray line
    break lifts that for good.
    """

    transport: asyncio.Transport
    _wire: Wire

    def __init__(self, inner: "Inner", door: Door) -> None:
        self._inner = inner
        self._door = door
        self._head = self._aside = 0
        self.requests = 0
        """How many heads were whole."""
        self.received = 0
        """Bytes."""
        self._resumed = 0
        self._lane = door.lane
        self._place: Hashable = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Who finds the house full gets 503, and uvicorn never hears of it."""
        self.transport, self._wire = transport, Wire(transport)
        if self._door.enter(self):
            inner = self._inner
            inner.connection_made(cast(asyncio.Transport, self._wire))
            self._place = (inner.client and inner.client[0], inner.server, inner.scheme)
        else:
            transport.write(_refusal("503 Service Unavailable", _FULL, b"retry-after: 1\r\n"))
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._wire.lost()
        if self._inner.transport is not None:
            self._door.leave(self)
            self._inner.connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self.received += len(data)
        if not self._awaits_head:
            self._wire.ticket = None
            self._feed_aside(data)
        elif not self._is_answered(data):
            self._feed_head(data)

    def eof_received(self) -> None:
        self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._resumed += 1
        self._inner.resume_writing()

    @property
    def phase(self) -> Phase:
        """What the connection waits for."""
        cycle = self._inner.cycle
        if self._wire.is_giving:
            return Phase.ANSWER
        if cycle is None:
            return Phase.IDLE if self.requests and not self._head else Phase.HEAD
        if not cycle.response_complete:
            return Phase.BODY if cycle.more_body else Phase.ANSWER
        if self._inner.scope is not cycle.scope:
            return Phase.HEAD
        return Phase.REST if cycle.more_body else Phase.IDLE

    @property
    def held_up(self) -> bool:
        """Whether it is we who do not read."""
        return self._inner.flow.read_paused or self._inner.cycle.waiting_for_100_continue

    @property
    def unsent(self) -> int:
        """Bytes of answers that the system has not taken yet."""
        return self.transport.get_write_buffer_size() + self._wire.unsent

    @property
    def taken(self) -> tuple[int, ...]:
        """Something else whenever the client has taken more of an answer."""
        return (self._acknowledged(), self._resumed, self.unsent)

    def let_go(self) -> None:
        """Ends the connection, with 408 where an answer is still possible."""
        cycle, phase = self._inner.cycle, self.phase
        begun = self._head if phase is Phase.HEAD else phase is Phase.BODY
        if begun and (cycle is None or cycle.response_complete or not cycle.response_started):
            self._refuse("408 Request Timeout", _LATE)
        elif phase in (Phase.BODY, Phase.REST):
            self.transport.abort()
        else:
            self.transport.close()

    @property
    def _awaits_head(self) -> bool:
        cycle = self._inner.cycle
        if cycle is None:
            return True
        # `phase` is not REST, said shortly: every request comes by here
        return cycle.response_complete and not (
            cycle.more_body and self._inner.scope is cycle.scope
        )

    def _is_answered(self, data: bytes) -> bool:
        """Whether it was a request that is known, and has its answer."""
        wire = self._wire
        ticket = wire.ticket = self._ticket(data)
        made = None if ticket is None else self._lane.made(ticket)
        if made is None:
            return False
        self.requests += 1
        # Who asks again is not idle, of which uvicorn is not told; the watch sees it.
        self._inner._unset_keepalive_if_required()
        wire.give(self._head_of(made), made)
        return True

    def _ticket(self, data: bytes) -> Ticket | None:
        """None where the bytes may not be a request from its beginning, or answers wait."""
        inner, wire = self._inner, self._wire
        begun = inner.scope if inner.cycle is None else inner.scope is not inner.cycle.scope
        if begun or self._head or not wire.is_plain or self.transport.get_write_buffer_size():
            return None
        return self._lane.ticket(self._place, data)

    def _head_of(self, it: Made) -> bytes:
        own = [b"%s: %s\r\n" % field for field in self._inner.server_state.default_headers]
        return b"".join((status_line(it.status), *own, it.fields, b"\r\n"))

    def _feed_head(self, data: bytes) -> None:
        """No more than a head may have at once; what is left is fed when the head was whole."""
        self._aside = 0
        before, room = self._inner.cycle, LARGEST_HEAD - self._head
        self._inner.data_received(data[:room])
        whole = self._inner.cycle is not before
        self._head = 0 if whole else self._head + len(data)
        self.requests += whole
        if len(data) <= room or self.transport.is_closing():
            return
        if whole:
            self._inner.data_received(data[room:])
        else:
            self._refuse("431 Request Header Fields Too Large", _LARGE)

    def _feed_aside(self, data: bytes) -> None:
        """Trailers of a body, and a head that comes before its turn, are bounded like a head.

        Whole requests before their turn are not: uvicorn reads no more when it has one.
        """
        cycle = self._inner.cycle
        if self._aside > LARGEST_HEAD:
            if cycle.response_started:
                self.transport.abort()
            else:
                self._refuse("431 Request Header Fields Too Large", _LARGE)
            return
        had = len(cycle.body)
        self._inner.data_received(data)
        grew = len(cycle.body) > had or self._inner.cycle is not cycle
        # of a body that has its answer uvicorn keeps nothing
        self._aside = 0 if grew or cycle.response_complete else self._aside + len(data)

    def _refuse(self, status: str, why: str) -> None:
        self.transport.write(_refusal(status, why))
        self.transport.close()

    def _acknowledged(self) -> int:
        """Bytes that the client's system has acknowledged; -1 where ours does not tell."""
        own = self.transport.get_extra_info("socket")
        try:
            told = own.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _INFO_SIZE)
        except (OSError, TypeError):
            return -1
        return int(unpack_from("=Q", told, _ACKED_AT)[0]) if len(told) == _INFO_SIZE else -1


def _refusal(status: str, why: str, more: bytes = b"") -> bytes:
    body = why.encode()
    return b"".join(
        (
            b"HTTP/1.1 %s\r\n" % status.encode(),
            b"content-type: text/plain; charset=utf-8\r\n",
            b"content-length: %d\r\n" % len(body),
            b"connection: close\r\n",
            more,
            b"\r\n",
            body,
        )
    )
