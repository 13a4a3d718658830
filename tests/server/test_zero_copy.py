"""Stretches of files that the system sends: exact bytes, in order, to whoever takes them."""

import asyncio
import os
import socket
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import parse_qsl

import pytest
import uvloop
from starlette.types import Message, Receive, Scope, Send

from dictabelt.server.deadlines import Deadlines
from dictabelt.server.zero_copy import EXTENSION
from server.watched import PATIENCE, Line, Served, watched

DEADLINES = Deadlines(write=120)
SIZE = 24 * 1024 * 1024
DATA = Random(5).randbytes(SIZE)

pytestmark = pytest.mark.skipif(not hasattr(os, "sendfile"), reason="the system has no sendfile")


@dataclass
class Library:
    """Answers with parts of one file; `failures` is what sending raised."""

    file: int
    failures: list[str] = field(default_factory=list)
    offers: list[tuple[str, bool]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`read` is sent as a body first, then `count` bytes from `offset`, `piece` at a time."""
        del receive
        self.offers.append((scope["method"], EXTENSION in scope.get("extensions", {})))
        asked = {name: int(value) for name, value in parse_qsl(scope["query_string"].decode())}
        before, count = asked.get("read", 0), asked.get("count", 0)
        told = asked.get("length", before + count)
        headers = [] if told < 0 else [(b"content-length", b"%d" % told)]
        corked = not before
        head = {"type": "http.response.start", "status": 200, "headers": headers}
        await send({**head, "corked": corked})
        if before or not count:
            body = DATA[:before] if scope["method"] == "GET" else b""
            await send({"type": "http.response.body", "body": body, "more_body": bool(count)})
        try:
            for it in self.stretches(asked, count):
                await send(it)
        except (OSError, EOFError, RuntimeError) as error:
            self.failures.append(type(error).__name__)
            raise

    def stretches(self, asked: dict[str, int], count: int) -> Iterator[Message]:
        offset = asked.get("offset", 0)
        piece = asked.get("piece", count or 1)
        for start in range(0, count, piece):
            length = min(piece, count - start)
            yield {
                "type": EXTENSION,
                "file": self.file,
                "offset": offset + start,
                "count": length,
                "more_body": start + length < count,
            }


@dataclass(frozen=True)
class Here:
    """The library's server, and itself."""

    served: Served
    library: Library


Story = Callable[[Here], Coroutine[None, None, None]]


def on_both_loops(story: Story) -> Callable[..., None]:
    """The test that tells the story on asyncio's own loop and on the server's."""

    async def told(path: Path) -> None:
        with path.open("rb") as file:
            library = Library(file.fileno())
            async with watched(DEADLINES, library) as served:
                await story(Here(served, library))

    @pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
    def test(loop: Callable[[], asyncio.AbstractEventLoop], tmp_path: Path) -> None:
        path = tmp_path / "data"
        path.write_bytes(DATA)
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(told(path))

    return test


def asking(version: str = "1.1", method: str = "GET", **wanted: int) -> bytes:
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    return f"{method} /?{query} HTTP/{version}\r\nHost: here\r\n\r\n".encode()


@on_both_loops
async def test_random_stretches_on_one_connection_are_exact(here: Here) -> None:
    random = Random(7)
    line = await here.served.calling()
    for _ in range(40):
        offset = random.randrange(SIZE)
        count = min(random.choice([1, 4096, 65_536, 300_000, 3_000_000]), SIZE - offset)
        piece = random.choice([count, 1 + count // 3])
        line.say(asking(offset=offset, count=count, piece=piece))
        assert await line.answer() == (200, DATA[offset : offset + count])


@on_both_loops
async def test_pipelined_stretches_come_in_their_order(here: Here) -> None:
    line = await here.served.calling()
    wanted = [(1, 5_000_000), (700_001, 3), (20_000_000, 4_000_000), (0, 0), (5, 65_536)]
    line.say(b"".join(asking(offset=offset, count=count) for offset, count in wanted))
    for offset, count in wanted:
        assert await line.answer() == (200, DATA[offset : offset + count])


@on_both_loops
async def test_a_stretch_waits_for_what_was_written_before_it(here: Here) -> None:
    line = await here.served.calling()
    read = 6_000_000
    line.say(asking(read=read, offset=9, count=3_000_000) + asking(read=read) + asking(count=10))
    assert await line.answer() == (200, DATA[:read] + DATA[9:3_000_009])
    assert await line.answer() == (200, DATA[:read])
    assert await line.answer() == (200, DATA[:10])


@on_both_loops
async def test_a_client_of_http_1_0_gets_all_and_then_the_end(here: Here) -> None:
    for count in (10, 8_000_000):
        line = await here.served.calling(asking("1.0", offset=3, count=count))
        head, __, body = (await line.rest()).partition(b"\r\n\r\n")
        assert b"connection: close" in head
        assert body == DATA[3 : 3 + count]


@on_both_loops
async def test_head_and_other_methods_are_not_offered_it(here: Here) -> None:
    line = await here.served.calling(asking(method="HEAD"), asking(method="POST"), asking())
    for _ in range(3):
        await line.head()
    assert here.library.offers == [("HEAD", False), ("POST", False), ("GET", True)]


def narrow(port: int) -> socket.socket:
    """A connection whose system takes little that is not read, and has asked for all."""
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    own.connect(("127.0.0.1", port))
    own.sendall(asking(count=SIZE, piece=1_048_576))
    own.setblocking(False)
    return own


async def gathered(own: socket.socket, most: int = 2 * SIZE) -> bytes:
    """What comes until the connection breaks, or rests, or there are `most` bytes."""
    got = bytearray()
    loop = asyncio.get_running_loop()
    try:
        while len(got) < most and (piece := await asyncio.wait_for(loop.sock_recv(own, most), 1)):
            got += piece
    except (ConnectionError, TimeoutError):
        pass
    return bytes(got)


async def settled(served: Served) -> None:
    """Returns once the server has seen what happened before now."""
    for _ in range(3):
        line = await served.calling(asking(count=1))
        assert await line.answer() == (200, DATA[:1])
        line.hang_up()


@on_both_loops
async def test_a_slow_reader_gets_all_and_one_who_stops_is_let_go(here: Here) -> None:
    with narrow(here.served.port) as slow, narrow(here.served.port) as deaf:
        got = b""
        for now in range(0, 600, 100):
            got += await gathered(slow, 65_536)
            await settled(here.served)
            here.served.watch.look(now)
        assert len(await gathered(deaf)) < SIZE
        got += await gathered(slow)
        assert got.partition(b"\r\n\r\n")[2] == DATA


def open_files() -> set[Path]:
    return set(Path("/proc/self/fd").iterdir())


async def closed(before: set[Path]) -> None:
    """Returns once no descriptor is open that was not before."""
    for _ in range(200):
        if open_files() <= before:
            return
        await asyncio.sleep(0.02)
    pytest.fail("a descriptor is still open")


@on_both_loops
async def test_who_hangs_up_in_the_middle_leaves_nothing_open(here: Here) -> None:
    await settled(here.served)
    before = open_files()
    own = narrow(here.served.port)
    assert await gathered(own, 100_000)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    own.close()
    await closed(before)
    await settled(here.served)
    (failure,) = here.library.failures
    assert failure in ("ConnectionResetError", "BrokenPipeError")


@on_both_loops
async def test_a_file_that_ends_too_early_breaks_the_connection(here: Here) -> None:
    line = await here.served.calling(asking(offset=SIZE - 1000, count=2000))
    *_, body = (await line.rest()).partition(b"\r\n\r\n")
    assert body == DATA[-1000:]
    assert here.library.failures == ["EOFError"]


@on_both_loops
async def test_an_answer_without_room_for_the_stretch_is_broken_off(here: Here) -> None:
    for length in (-1, 999):
        line = await here.served.calling(asking(count=1000, length=length))
        assert await asyncio.wait_for(line.rest(), PATIENCE) == b""
    assert here.library.failures == ["RuntimeError", "RuntimeError"]


@on_both_loops
async def test_many_take_stretches_side_by_side(here: Here) -> None:
    async def take(number: int) -> bool:
        line: Line = await here.served.calling()
        for turn in range(3):
            offset = 100_000 * number + turn
            line.say(asking(offset=offset, count=2_000_000, piece=500_000))
            if await line.answer() != (200, DATA[offset : offset + 2_000_000]):
                return False
        return True

    assert all(await asyncio.gather(*map(take, range(16))))
