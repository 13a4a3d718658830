"""Load: connections that each ask again as soon as they are answered, every answer checked.

Raw sockets and one head parsed by hand: of what Python can do, the client that costs least.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, cycle
from secrets import randbelow
from selectors import EVENT_READ, DefaultSelector
from time import perf_counter

from bench.meter import WrongAnswer, obey

_BLANK_LINE = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"
_LONGEST_HEAD = 16 * 1024
_ROOM = 1024 * 1024
_PATIENCE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Order:
    """One request to repeat at a port of loopback, and what every answer to it must be.

    Requests that are `unlike` differ by a number of their own; `others` are made
    in turn after it, by whichever connection is next.
    """

    port: int
    request: bytes
    status: int
    length: int
    seconds: float
    connections: int = 16
    unlike: bool = False
    others: tuple[bytes, ...] = ()


class Connection:
    """One request at a time."""

    def __init__(self, order: Order, requests: Iterator[bytes], *, room: bytearray) -> None:
        """`room` is where bytes are received; connections share it, as none keeps a body."""
        self.socket = socket.create_connection(("127.0.0.1", order.port), _PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._order = order
        self._requests = requests
        self._room = room
        self._begun = b""
        self._left = 0

    @property
    def share(self) -> float:
        """How much of the answer under way has come, 0 to 1."""
        return 1 - self._left / self._order.length if self._left else 0

    def ask(self) -> None:
        """Sends the request."""
        self.socket.sendall(next(self._requests))

    def receive(self) -> bool:
        """Whether the answer is whole. Raises WrongAnswer."""
        count = self.socket.recv_into(self._room)
        if not count:
            raise WrongAnswer("the server closed the connection")
        if not self._left:
            return self._open(count)
        self._left -= count
        return self._whole()

    def _open(self, count: int) -> bool:
        """Reads the head; in practice it comes in one piece, and the body with it."""
        came = self._begun + self._room[:count] if self._begun else self._room
        size = len(self._begun) + count
        end = came.find(_BLANK_LINE, 0, size)
        if end < 0:
            self._begun = bytes(came[:size])
            if size > _LONGEST_HEAD:
                raise WrongAnswer("an endless head")
            return False
        _check(bytes(came[: end + 2]), self._order)
        self._begun = b""
        self._left = self._order.length - (size - end - len(_BLANK_LINE))
        return self._whole()

    def _whole(self) -> bool:
        if self._left < 0:
            raise WrongAnswer("more bytes than the answer's length")
        return not self._left


def numbered(request: bytes) -> Iterator[bytes]:
    """The request with another number in its head each time, from a random one on."""
    line, _, rest = request.partition(b"\r\n")
    for number in count(randbelow(10**12)):
        yield b"%b\r\nX-Number: %d\r\n%b" % (line, number, rest)


def _check(head: bytes, order: Order) -> None:
    """Raises WrongAnswer unless the head promises what was ordered."""
    words = head.lower()
    start = words.find(_LENGTH) + len(_LENGTH)
    length = words[start : words.find(b"\r", start)].strip()
    if words[9:12] != b"%d" % order.status or length != b"%d" % order.length:
        raise WrongAnswer(
            f"expected {order.status} with {order.length} bytes, got {head.decode('latin-1')!r}"
        )


def rate(order: Order) -> float:
    """Answers a second, those cut off by the end counted by their share. Raises WrongAnswer."""
    try:
        with _connected(order) as connections:
            return _run(connections, order.seconds)
    except OSError as error:
        raise WrongAnswer(f"port {order.port}: {error}") from error


def _run(connections: list[Connection], seconds: float) -> float:
    with DefaultSelector() as selector:
        for it in connections:
            selector.register(it.socket, EVENT_READ, it)
        answers = 0
        began = perf_counter()
        for it in connections:
            it.ask()
        while perf_counter() - began < seconds or not answers:
            answers += _round(selector)
        elapsed = perf_counter() - began
    return (answers + sum(it.share for it in connections)) / elapsed


def _round(selector: DefaultSelector) -> int:
    """How many answers became whole, of those for which something came."""
    answers = 0
    ready = selector.select(_PATIENCE_SECONDS)
    if not ready:
        raise WrongAnswer(f"no answer within {_PATIENCE_SECONDS} s")
    for key, _ in ready:
        if key.data.receive():
            answers += 1
            key.data.ask()
    return answers


@contextmanager
def _connected(order: Order) -> Iterator[list[Connection]]:
    room = bytearray(_ROOM)
    connections: list[Connection] = []
    in_turn = cycle((order.request, *order.others))
    try:
        for _ in range(order.connections):
            own = numbered(order.request) if order.unlike else in_turn
            connections.append(Connection(order, own, room=room))
        yield connections
    finally:
        for it in connections:
            it.socket.close()


if __name__ == "__main__":
    obey(Order, rate)
