"""Which requests are known again, which never are, and what becomes of those under way."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

import pytest
from starlette.types import Receive, Scope, Send

from dictabelt.http.again import EXTENSION, Made
from dictabelt.server.deadlines import Deadlines
from dictabelt.server.guard import Guard
from server.watched import PATIENCE, Line, Served, watched

DATA = Random(8).randbytes(24 * 1024 * 1024)
GET = b"GET /%s HTTP/1.1\r\nHost: here\r\n\r\n"
OLD = b"HTTP/1.1 200 OK\r\n"


@dataclass
class Library:
    """Answers `told`, and from the second time `again` without being asked; files in parts."""

    file: int
    asked: list[bytes] = field(default_factory=list)
    rested: list[str] = field(default_factory=list)
    ended: list[bool] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        body = b"" if path == "/unread" else (await receive())["body"]
        self.asked.append(body)
        leave = scope.get("extensions", {}).get(EXTENSION)
        headers = [(b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"told"})
        if leave is not None and (path != "/never" or len(self.asked) < 3):
            leave(Once(self, path))


@dataclass
class Once:
    """Implements `Again`."""

    library: Library
    path: str

    def __call__(self, asked: tuple[int, int | None] | None) -> Made | None:
        if self.path == "/never":
            return None
        made = Made(200, b"content-length: 5\r\n", b"again", over=self.library.ended.append)
        if asked is not None:
            first, last = asked
            made.body, made.file, made.offset = b"", self.library.file, first
            made.count = (len(DATA) if last is None else last + 1) - first
            made.status, made.fields = 206, b"content-length: %d\r\n" % made.count
        return made

    def rest(self) -> None:
        self.library.rested.append(self.path)


@dataclass(frozen=True)
class Here:
    served: Served
    library: Library

    async def line(self) -> Line:
        return await self.served.calling()

    async def knowing(self, data: bytes) -> Line:
        """A connection on which this has been asked twice."""
        line = await self.line()
        for _ in range(2):
            line.say(data)
            assert await line.answer() == (200, b"told")
        return line


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Here]:
    path = tmp_path / "data"
    path.write_bytes(DATA)
    with path.open("rb") as file:
        library = Library(file.fileno())
        async with watched(Deadlines(write=120, idle=75, header=10), library) as served:
            yield Here(served, library)


async def until(true: Callable[[], bool]) -> None:
    end = asyncio.get_running_loop().time() + PATIENCE
    for _ in count():
        if true():
            return
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0)


def guard(here: Here) -> Guard:
    """The only connection's."""
    (it,) = here.served.watch.inside
    return it


def part(first: int, last: int | str) -> bytes:
    return b"GET / HTTP/1.1\r\nHost: here\r\nRange: bytes=%d-%b\r\n\r\n" % (
        first,
        str(last).encode(),
    )


KNOWN = [
    GET % b"",
    GET % b"x?y=%20z",
    b"GET / HTTP/1.1\r\nHost: here\r\nConnection: Keep-Alive\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nbody",
    b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\n\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: here\r\n\r\n",
]
UNKNOWN = [
    b"HEAD / HTTP/1.1\r\nHost: here\r\n\r\n",
    b"PUT / HTTP/1.1\r\nHost: here\r\n\r\n",
    b"DELETE / HTTP/1.1\r\nHost: here\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: here\r\nRange: bytes=-5\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: here\r\nRange: bytes=1-2,4-5\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: here\r\nRange: bytes=1-2\r\nRange: bytes=4-5\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: here\r\n\r\n",
    GET % b"never",
]


@pytest.mark.parametrize("data", KNOWN, ids=str)
async def test_the_third_time_it_is_known(here: Here, data: bytes) -> None:
    line = await here.knowing(data)
    for _ in range(3):
        line.say(data)
        assert await line.answer() == (200, b"again")
    assert len(here.library.asked) == 2
    assert here.library.ended == [False] * 3


@pytest.mark.parametrize("data", UNKNOWN, ids=lambda it: str(it[:90]))
async def test_it_is_never_known(here: Here, data: bytes) -> None:
    line = await here.line()
    for n in range(5):
        line.say(data)
        head = await line.head()
        assert head.startswith(OLD)
        if not data.startswith(b"HEAD"):
            assert await line.reader.readexactly(4) == b"told"
        assert len(here.library.asked) == n + 1


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.0\r\nHost: here\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nProxy-Connection: close\r\n\r\n",
    ],
)
async def test_whoever_wants_one_answer_alone_is_not_known(here: Here, data: bytes) -> None:
    for _ in range(4):
        line = await here.served.calling(data)
        assert (await line.rest()).endswith(b"told")
    assert len(here.library.asked) == 4


async def test_on_another_connection_it_is_known_at_once(here: Here) -> None:
    await here.knowing(GET % b"")
    line = await here.served.calling(GET % b"")
    assert await line.answer() == (200, b"again")


async def test_what_differs_by_one_byte_is_another(here: Here) -> None:
    data = b"GET / HTTP/1.1\r\nHost: here\r\nX: 1\r\n\r\n"
    line = await here.knowing(data)
    for at in range(5, len(data) - 4):
        other = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        line = await here.served.calling(other)
        assert b"again" not in (await asyncio.wait_for(line.reader.read(4096), PATIENCE))


@pytest.mark.parametrize("at", [1, 8, 20, len(GET % b"") - 1])
async def test_in_two_pieces_it_takes_the_usual_way(here: Here, at: int) -> None:
    data = GET % b""
    line = await here.knowing(data)
    line.say(data[:at])
    await until(lambda: guard(here).received == 2 * len(data) + at)
    line.say(data[at:])
    assert await line.answer() == (200, b"told")
    line.say(data)
    assert await line.answer() == (200, b"again")


async def test_what_looks_known_in_the_middle_of_a_head_is_not(here: Here) -> None:
    data = GET % b""
    line = await here.knowing(data)
    line.say(GET % b"other" + b"GET /last HTTP/1.1\r\nX: ")
    assert await line.answer() == (200, b"told")
    line.say(data)
    assert await line.answer() == (200, b"told")
    assert len(here.library.asked) == 4


async def test_uvicorn_does_not_end_a_connection_that_is_asked_past_it(here: Here) -> None:
    line = await here.knowing(GET % b"")
    timed = vars(guard(here))["_inner"]
    assert timed.timeout_keep_alive_task is not None
    line.say(GET % b"")
    assert await line.answer() == (200, b"again")
    assert timed.timeout_keep_alive_task is None


async def test_what_looks_known_inside_another_request_is_not(here: Here) -> None:
    data = GET % b""
    line = await here.knowing(data)
    line.say(b"POST /other HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % len(data))
    await until(lambda: guard(here).requests == 3)
    line.say(data)
    assert await line.answer() == (200, b"told")
    assert here.library.asked[-1] == data


async def test_pipelined_ones_are_answered_in_their_order(here: Here) -> None:
    data, other = GET % b"", GET % b"other"
    line = await here.knowing(data)
    line.say(data + other + data)
    assert [await line.answer() for _ in range(3)] == [(200, b"told")] * 3
    line.say(data)
    line.say(other)
    line.say(data)
    bodies = [(await line.answer())[1] for _ in range(3)]
    assert bodies[1] == b"told"
    assert len(here.library.asked) >= 6


async def test_the_second_of_two_that_came_together_is_not_known_by_the_bytes_of_both(
    here: Here,
) -> None:
    # it announces a body as long as its own head, and is answered without
    head = b"GET /unread HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n"
    both = GET % b"first" + head % len(head)
    assert len(head % len(head)) == len(head)
    for _ in range(4):
        line = await here.line()
        line.say(both)
        assert [await line.answer(), await line.answer()] == [(200, b"told")] * 2


async def test_what_declines_is_forgotten(here: Here) -> None:
    line = await here.knowing(GET % b"never")
    assert here.library.rested == []
    line.say(GET % b"never")
    assert await line.answer() == (200, b"told")
    assert here.library.rested == ["/never"]


async def test_any_part_of_it_is_known(here: Here) -> None:
    random = Random(5)
    line = await here.knowing(part(1, 2))
    for _ in range(60):
        first = random.randrange(len(DATA))
        last = min(len(DATA) - 1, first + random.choice([0, 99, 65_535, 300_000, 1_048_575]))
        line.say(part(first, last))
        assert await line.answer() == (206, DATA[first : last + 1])
    line.say(part(len(DATA) - 9, ""))
    assert await line.answer() == (206, DATA[-9:])
    assert len(here.library.asked) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\nRange: bytes=1-2\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nRange: bytes=1-2\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nRange: bytes=1-2\r\nRange: bytes=3-4\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nRange:bytes=1-2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nRange: bytes=1-2 \r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nXRange: bytes=1-2\r\n\r\n",
    ],
)
async def test_a_line_that_is_no_range_is_not_taken_for_one(here: Here, data: bytes) -> None:
    await here.knowing(GET % b"")
    await here.knowing(part(1, 2))
    line = await here.served.calling(data)
    got = await asyncio.wait_for(line.reader.read(4096), PATIENCE)
    assert b"206" not in got
    assert b"again" not in got


async def test_a_slow_reader_gets_it_all_and_then_the_next(here: Here) -> None:
    line = await here.knowing(part(1, 2))
    quiet = await slow(here, part(0, len(DATA) - 1))
    assert here.library.ended == []
    line.say(part(5, 9))
    assert await line.answer() == (206, DATA[5:10])
    quiet.say(part(7, 8))
    assert await quiet.answer() == (206, DATA)
    assert await quiet.answer() == (206, DATA[7:9])
    assert here.library.ended == [False] * 3


async def slow(here: Here, data: bytes) -> Line:
    """A connection whose client has asked and not yet read."""
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    own.setblocking(False)
    await asyncio.get_running_loop().sock_connect(own, ("127.0.0.1", here.served.port))
    await asyncio.get_running_loop().sock_sendall(own, data)
    await until(lambda: any(it.unsent for it in here.served.watch.inside))
    reader, writer = await asyncio.open_connection(sock=own, limit=4096)
    line = Line(reader, writer)
    here.served.lines.append(line)
    return line


async def test_a_file_that_rests_is_sent_to_its_end(here: Here) -> None:
    await here.knowing(part(1, 2))
    quiet = await slow(here, part(0, len(DATA) - 1))
    here.served.watch.lane.close()
    assert await quiet.answer() == (206, DATA)


async def test_whoever_hangs_up_is_forgotten(here: Here) -> None:
    await here.knowing(part(1, 2))
    quiet = await slow(here, part(0, len(DATA) - 1))
    quiet.hang_up()
    await until(lambda: bool(here.library.ended))
    assert here.library.ended == [False]


async def test_whoever_takes_nothing_is_cut_and_whoever_waits_is_idle(here: Here) -> None:
    await here.knowing(part(1, 2))
    quiet = await slow(here, part(0, len(DATA) - 1))
    for now in (0, 60, 119):
        here.served.watch.look(now)
    assert any(it.unsent for it in here.served.watch.inside)
    here.served.watch.look(121)
    await until(lambda: bool(here.library.ended))
    assert len(await quiet.rest()) < len(DATA)


async def test_an_idle_connection_has_the_time_of_the_idle(here: Here) -> None:
    await here.knowing(GET % b"")
    line = await here.served.calling(GET % b"")
    assert await line.answer() == (200, b"again")
    for now in (0, 50, 74):
        here.served.watch.look(now)
    line.say(GET % b"")
    assert await line.answer() == (200, b"again")
    for now in (75, 149):
        here.served.watch.look(now)
    line.say(GET % b"")
    assert await line.answer() == (200, b"again")
    for now in (150, 226):
        here.served.watch.look(now)
    assert await line.rest() == b""


async def test_what_nobody_asks_for_rests(here: Here) -> None:
    line = await here.knowing(GET % b"a")
    await here.knowing(GET % b"b")
    here.served.watch.look(0)
    assert here.library.rested == []
    line.say(GET % b"a")
    assert await line.answer() == (200, b"again")
    here.served.watch.look(1)
    assert here.library.rested == ["/b"]


async def test_while_it_leaves_nothing_is_known(here: Here) -> None:
    line = await here.knowing(GET % b"")
    here.served.watch.lane.close()
    assert here.library.rested == ["/"]
    for _ in range(4):
        line.say(GET % b"")
        assert await line.answer() == (200, b"told")


async def test_a_file_that_ends_too_early_is_for_the_application_to_judge(here: Here) -> None:
    line = await here.knowing(part(1, 2))
    os.truncate(f"/proc/self/fd/{here.library.file}", 100_000)
    line.say(part(90_000, 100_000))
    assert await line.answer() == (200, b"told")
    assert here.library.ended == []
