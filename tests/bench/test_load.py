"""The load client: counts right answers only, however they arrive, and stops at a wrong one."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from socket import SHUT_RDWR, create_server, socket

import pytest

from bench.load import Order, rate
from bench.meter import WrongAnswer

BODY = b'{"status":"ok"}'
RIGHT = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n" + BODY
ORDER = Order(port=0, request=b"GET / HTTP/1.1\r\n\r\n", status=200, length=15, seconds=0.02)

Serve = Callable[[socket], None]


def answering(*pieces: bytes) -> Serve:
    """Sends the pieces, one by one, for every request."""

    def serve(client: socket) -> None:
        while client.recv(4096):
            send_apart(client, pieces)

    return serve


def send_apart(client: socket, pieces: Sequence[bytes]) -> None:
    for piece in pieces:
        client.sendall(piece)


@contextmanager
def serving(serve: Serve) -> Iterator[int]:
    """The port where every connection is served, each in a thread of its own."""
    listening = create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def one(client: socket) -> None:
        with closing(client):
            try:
                serve(client)
            except OSError:  # the client has had enough
                return

    def accept() -> None:
        for _ in range(ORDER.connections):
            try:
                client, _address = listening.accept()
            except OSError:  # closed: the client refused before it had all its connections
                return
            threads.append(threading.Thread(target=one, args=(client,)))
            threads[-1].start()

    threads.append(threading.Thread(target=accept))
    threads[0].start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        # Closing alone does not wake a thread that waits in accept().
        listening.shutdown(SHUT_RDWR)
        listening.close()
        threads[0].join()
        for it in threads[1:]:
            it.join()


def measured(serve: Serve, order: Order = ORDER) -> float:
    with serving(serve) as port:
        return rate(replace(order, port=port))


def refused(serve: Serve) -> str:
    with pytest.raises(WrongAnswer) as refusal:
        measured(serve)
    return str(refusal.value)


def test_others_are_asked_in_turn_whichever_connection_asks() -> None:
    came: list[bytes] = []

    def serve(client: socket) -> None:
        while asked := client.recv(4096):
            came.append(asked)
            client.sendall(RIGHT)

    asks = [b"GET /%d HTTP/1.1\r\n\r\n" % it for it in range(100)]
    measured(serve, replace(ORDER, request=asks[0], others=tuple(asks[1:])))
    counts = [came.count(it) for it in asks]
    assert len(came) == sum(counts) >= ORDER.connections
    # of what was sent in turn, the last of each connection may never have been read
    fewer = [max(counts) - it for it in counts]
    assert sum(fewer) < len(asks) + ORDER.connections


def test_right_answers_are_counted() -> None:
    assert measured(answering(RIGHT)) > 0


@pytest.mark.parametrize("cut", [1, 30, RIGHT.index(b"\r\n\r\n") + 2, len(RIGHT) - 1])
def test_an_answer_may_come_in_pieces(cut: int) -> None:
    assert measured(answering(RIGHT[:cut], RIGHT[cut:])) > 0


def test_every_answer_is_counted_once() -> None:
    sent: list[bool] = []

    def serve(client: socket) -> None:
        while client.recv(4096):
            sent.append(True)
            client.sendall(RIGHT)

    order = replace(ORDER, seconds=0.2)
    counted = measured(serve, order) * order.seconds
    assert len(sent) * 0.5 < counted <= len(sent) * 1.01


def test_a_share_of_a_long_answer_counts() -> None:
    length = 8_000_000
    head = b"HTTP/1.1 206 Partial Content\r\ncontent-length: %d\r\n\r\n" % length
    order = replace(ORDER, status=206, length=length, seconds=0.1)
    assert measured(answering(head, bytes(length)), order) > 0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (RIGHT.replace(b"200", b"500"), "500"),
        (RIGHT.replace(b"15", b"14"), "Content-Length: 14"),
        (RIGHT.replace(b"Content-Length: 15\r\n", b""), "expected 200 with 15 bytes"),
        (RIGHT + b"?", "more bytes"),
        (b"x" * 100_000, "endless head"),
    ],
)
def test_a_wrong_answer_proves_nothing(answer: bytes, reason: str) -> None:
    assert reason in refused(answering(answer))


def test_a_closed_connection_is_no_answer() -> None:
    def serve(client: socket) -> None:
        client.recv(4096)

    assert "closed the connection" in refused(serve)


def test_nobody_at_the_port_is_no_answer() -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    with pytest.raises(WrongAnswer, match=f"port {port}"):
        rate(replace(ORDER, port=port))
