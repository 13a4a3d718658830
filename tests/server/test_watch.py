"""Clients that make no progress are let go, by a clock that the test turns; over real sockets."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator

import pytest

from dictabelt.server.deadlines import LARGEST_HEAD, LONGEST_TARGET, MOST_HEADERS, Deadlines
from server.watched import GET, LONG, PATIENCE, Line, Served, watched

DEADLINES = Deadlines(header=10, body=30, write=120, idle=75, connections=250)
# Far beyond a head, and what the systems on both sides hold.
MOST_FLOODED = 64 * 1024 * 1024
POST = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10000\r\n\r\n"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with watched(DEADLINES) as it:
        yield it


async def settled(served: Served) -> None:
    """Returns once the server has read what was sent before now."""
    for _ in range(3):
        other = await served.calling(GET)
        assert await other.answer() == (200, b"ok")
        other.hang_up()


async def look(served: Served, *times: float) -> None:
    """Looks at every connection at those times, each after what was sent before."""
    for now in times:
        await settled(served)
        served.watch.look(now)


async def test_headers_that_trickle_are_cut_at_the_deadline(served: Served) -> None:
    line = await served.calling(b"GET / HTTP/1.1\r\n")
    for now in range(0, 12, 2):
        line.say(b"X-More: %d\r\n" % now)
        await look(served, now)
    assert not line.reader.at_eof()
    await look(served, 10.5)
    refusal = await line.rest()
    assert refusal.startswith(b"HTTP/1.1 408 ")
    assert refusal.endswith(b"did not come in time; send it again, without pauses")


async def test_who_never_says_a_word_is_let_go_without_one(served: Served) -> None:
    line = await served.calling()
    await look(served, 0, 10.5)
    assert await line.rest() == b""


async def test_a_second_request_has_a_deadline_of_its_own(served: Served) -> None:
    line = await served.calling(GET)
    assert await line.answer() == (200, b"ok")
    await look(served, 0, 60)
    line.say(GET[:10])
    await look(served, 60, 69)
    line.say(GET[10:])
    assert await line.answer() == (200, b"ok")
    line.say(GET[:10])
    await look(served, 70, 80.5)
    assert (await line.rest()).startswith(b"HTTP/1.1 408 ")


async def test_a_line_break_does_not_lift_the_deadline_of_the_idle(served: Served) -> None:
    line = await served.calling(GET)
    assert await line.answer() == (200, b"ok")
    for now in range(0, 90, 15):
        line.say(b"\r\n")
        await look(served, now)
    await look(served, 90)
    assert await line.rest() == b""


async def test_a_body_that_stops_is_cut_and_one_that_comes_is_not(served: Served) -> None:
    stopped, coming = await served.calling(POST), await served.calling(POST)
    for now in range(0, 60, 10):
        coming.say(b"x" * 1_600)
        await look(served, now)
    await look(served, 60)
    assert (await stopped.rest()).startswith(b"HTTP/1.1 408 ")
    coming.say(b"x" * 400)
    assert await coming.answer() == (200, b"10000")


async def test_a_body_that_comes_byte_by_byte_is_cut(served: Served) -> None:
    line = await served.calling(POST)
    for now in range(0, 40, 5):
        if not line.reader.at_eof():
            line.say(b"x")
        await look(served, now)
    assert (await line.rest()).startswith(b"HTTP/1.1 408 ")


async def test_who_is_refused_may_send_the_rest_before_he_asks_again(served: Served) -> None:
    size = 4 * LARGEST_HEAD
    line = await served.calling(b"POST /refused HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size)
    assert await line.answer() == (403, b"ok")
    line.say(bytes(size))
    line.say(GET)
    assert await line.answer() == (200, b"ok")


async def test_who_is_refused_and_goes_on_for_ever_is_cut_however_steady(served: Served) -> None:
    line = await served.calling(b"POST /refused HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n")
    assert await line.answer() == (403, b"ok")
    for now in range(0, 30, 5):
        line.say(bytes(10_000))
        await look(served, now)
    assert not line.reader.at_eof()
    await look(served, 30.5)
    assert await line.rest() == b""


async def test_trailers_are_bounded_like_a_head(served: Served) -> None:
    head = b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
    line = await served.calling(head, b"2\r\nhi\r\n0\r\n")
    assert await flooded(line, b"X-More: %s\r\n" % (b"x" * 1000)) < MOST_FLOODED


async def test_a_head_before_its_turn_is_bounded_like_any(served: Served) -> None:
    line = await served.calling(b"GET /long HTTP/1.1\r\nHost: here\r\n\r\n", b"GET / HTTP/1.1\r\n")
    assert await flooded(line, b"X-More: %s\r\n" % (b"x" * 1000)) < MOST_FLOODED


async def flooded(line: Line, piece: bytes) -> int:
    """How many bytes could be sent before the connection broke."""
    sent = 0
    try:
        async with asyncio.timeout(PATIENCE):
            while sent < MOST_FLOODED:
                line.say(piece)
                await line.writer.drain()
                sent += len(piece)
    except ConnectionError:
        pass
    return sent


def narrow(port: int) -> socket.socket:
    """A connection whose system takes little that is not read."""
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    own.connect(("127.0.0.1", port))
    own.sendall(b"GET /long HTTP/1.1\r\nHost: here\r\n\r\n")
    own.setblocking(False)
    return own


async def left(own: socket.socket) -> int:
    """How many bytes come until the connection breaks, or rests."""
    count = 0
    try:
        while piece := await asyncio.wait_for(
            asyncio.get_running_loop().sock_recv(own, 1 << 20), 1
        ):
            count += len(piece)
    except (ConnectionError, TimeoutError):
        pass
    return count


async def test_a_slow_reader_lives_and_one_who_stops_does_not(served: Served) -> None:
    loop = asyncio.get_running_loop()
    with narrow(served.port) as slow, narrow(served.port) as deaf:
        taken = 0
        for now in range(0, 600, 100):
            before = taken
            while taken < before + 64 * 1024:
                taken += len(await loop.sock_recv(slow, 16 * 1024))
            await look(served, now)
        assert await left(deaf) < LONG
        assert taken + await left(slow) > LONG


@pytest.mark.parametrize("size", [LARGEST_HEAD + 1, 50 * LARGEST_HEAD])
async def test_headers_that_are_too_large_are_refused(served: Served, size: int) -> None:
    line = await served.calling(b"GET / HTTP/1.1\r\nX-Large: " + b"x" * size)
    refusal = await line.rest()
    assert refusal.startswith(b"HTTP/1.1 431 ")
    assert refusal.endswith(b"headers are longer than 32768 bytes; send less in them")


async def test_a_large_body_right_behind_its_head_is_no_large_head(served: Served) -> None:
    size = 3 * LARGEST_HEAD
    line = await served.calling(
        b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size + bytes(size)
    )
    assert await line.answer() == (200, b"%d" % size)


async def test_many_headers_and_long_targets_are_refused(served: Served) -> None:
    many = b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * (MOST_HEADERS + 1) + b"\r\n"
    refusal = await (await served.calling(many)).answer()
    assert refusal == (431, b"there are more than 100 headers; send fewer")
    long = b"GET /" + b"x" * LONGEST_TARGET + b" HTTP/1.1\r\n\r\n"
    refusal = await (await served.calling(long)).answer()
    assert refusal == (414, b"path and query are longer than 8192 bytes; ask for less at once")


async def test_one_too_many_is_told_to_come_back_and_may(served: Served) -> None:
    crowd = [await served.calling() for _ in range(DEADLINES.connections)]
    answer = await (await served.calling(GET)).rest()
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: 1\r\n" in answer
    assert answer.endswith(b"try again in a second")
    crowd[0].hang_up()
    for _ in range(100):
        line = await served.calling(GET)
        status, _ = await line.answer()
        line.hang_up()
        if status == 200:
            return
    pytest.fail("nobody is let in though one has left")


async def test_bad_clients_do_not_keep_a_good_one_from_its_answers(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "dictabelt.server")
    good = await served.calling()
    bad = [await served.calling(it) for it in (GET[:20], POST) * 100]
    good.say(GET)
    assert await good.answer() == (200, b"ok")
    for now in (0, 11, 31):
        good.say(GET)
        assert await good.answer() == (200, b"ok")
        await look(served, now)
    ends = await asyncio.gather(*map(Line.rest, bad))
    assert {it[:13] for it in ends} == {b"HTTP/1.1 408 "}
    good.say(GET)
    assert await good.answer() == (200, b"ok")
    told = [it.__dict__["reasons"] for it in caplog.records]
    assert told == [{"request headers": 100}, {"a request body": 100}]


async def test_no_write_waits_for_an_earlier_ones_acknowledgement(served: Served) -> None:
    line = await served.calling(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    assert (await line.answer())[0] == 200
    (guard,) = served.watch.inside
    own = guard.transport.get_extra_info("socket")
    assert own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
