"""Media that lies in a file, sent by the server itself: the same bytes as if they were read."""

import asyncio
import io
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from struct import pack

import httpx2
import pytest
import uvloop
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from audio import recordings
from audio.recordings import noise as samples
from audio.recordings import written
from blobs.stores import pieces
from dictabelt.blobs.files import FileBlobs
from dictabelt.blobs.reading import FileBlob, Glance, glance, no_glance
from dictabelt.core.errors import StorageFailed
from dictabelt.core.media import Form, Mix, Variant
from dictabelt.core.ports import Blob, Stretch
from dictabelt.http.media import Servable
from dictabelt.http.passing import EXTENSION
from dictabelt.server.deadlines import Deadlines
from server.watched import watched
from shelf import WRITTEN_AT, noise

DATA = noise(3_500_017)
OPENED = Callable[[], Awaitable[Blob]]


def servable(opened: OPENED, size: int = len(DATA)) -> Servable:
    return Servable(
        content_type="audio/wav",
        size=size,
        etag="ab" * 32,
        name="call.wav",
        last_modified=WRITTEN_AT,
        open=opened,
    )


@dataclass
class Spied:
    """An application, and the kinds of messages that it sent."""

    app: ASGIApp
    sent: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def spying(message: Message) -> None:
            self.sent.append(message["type"])
            await send(message)

        await self.app(scope, receive, spying)


@asynccontextmanager
async def serving(media: Servable) -> AsyncIterator[tuple[Spied, httpx2.AsyncClient]]:
    app = Spied(media)
    async with (
        watched(Deadlines(), app) as served,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client,
    ):
        yield app, client


async def stored(root: Path, look: Glance = glance) -> OPENED:
    store = FileBlobs(root, look=look)
    await store.prepare()
    await store.put("a/b", pieces(DATA))
    return lambda: store.open("a/b")


def spans(size: int, count: int) -> list[tuple[int, int]]:
    """Parts of every length, their ends within."""
    random = Random(size)
    firsts = [random.randrange(size) for _ in range(count)]
    lengths = [random.choice([1, 44, 4096, 65_536, 1_048_576, size]) for _ in firsts]
    return [(first, min(first + it, size) - 1) for first, it in zip(firsts, lengths, strict=True)]


@pytest.mark.parametrize("look", [glance, no_glance])
async def test_any_part_is_exact_though_nobody_read_it(tmp_path: Path, look: Glance) -> None:
    """Of cold files too: there they are read once, so that sending need not wait."""
    async with serving(servable(await stored(tmp_path / "blobs", look))) as (app, client):
        for first, last in [*spans(len(DATA), 30), (0, len(DATA) - 1)]:
            answer = await client.get("/", headers={"range": f"bytes={first}-{last}"})
            assert (answer.status_code, answer.content) == (206, DATA[first : last + 1])
        app.sent.clear()
        assert (await client.get("/")).content == DATA
        assert set(app.sent) == {"http.response.start", EXTENSION}


async def test_what_is_nothing_or_little_or_in_several_parts_is_read(tmp_path: Path) -> None:
    async with serving(servable(await stored(tmp_path / "blobs"))) as (app, client):
        head = await client.head("/", headers={"range": "bytes=5-9"})
        assert (head.status_code, head.headers["content-length"]) == (206, "5")
        parts = await client.get("/", headers={"range": "bytes=0-1,9-10"})
        assert DATA[9:11] in parts.content
        small = await client.get("/", headers={"range": "bytes=9-65544"})
        assert small.content == DATA[9:65_545]
        known = await client.get("/", headers={"if-none-match": f'"{"ab" * 32}"'})
        assert known.status_code == 304
        assert EXTENSION not in app.sent


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_mulaw"])
@pytest.mark.parametrize("part", [(0, None), (17, 20_345)])
async def test_a_wav_over_samples_is_exact_wherever_a_part_begins(
    tmp_path: Path, codec: str, part: tuple[int, int | None]
) -> None:
    path = written(tmp_path / "call.wav", samples(8_000 * 30 + 7, 2), rate=8_000, codec=codec)
    engine, wanted = recordings.engine(), Variant(Form.WAV, Mix.BOTH, *part)
    signal, out = engine.probe(path), io.BytesIO()
    engine.render(path, signal, variant=wanted, write=out.write)
    data = out.getvalue()

    async def opened() -> Blob:
        return engine.view(FileBlob(str(path), glance), signal, variant=wanted)

    async with serving(servable(opened, len(data))) as (app, client):
        for first, last in [*spans(len(data), 20), (0, 1), (43, 44), (44, 44), (44, 99_999)]:
            answer = await client.get("/", headers={"range": f"bytes={first}-{last}"})
            assert (answer.status_code, answer.content) == (206, data[first : last + 1])
        assert (EXTENSION in app.sent) is (codec == "pcm_s16le")


@dataclass(frozen=True)
class Failing:
    """A blob that lies where there is nothing; looking fails from `fails_at` on."""

    file: int
    place: int = 0
    fails_at: int = 2**40
    size: int = len(DATA)

    async def read(self, offset: int, length: int) -> bytes:
        raise AssertionError

    async def lay(self, offset: int, length: int) -> Stretch:
        if offset >= self.fails_at:
            raise StorageFailed("input/output error")
        return Stretch(self.file, self.place + offset)

    async def close(self) -> None:
        pass


async def refused(blob: Failing) -> str:
    """What the application raises, and the client meets."""
    raised: list[str] = []

    async def opened() -> Blob:
        return blob

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await servable(opened)(scope, receive, send)
        except Exception as error:
            raised.append(type(error).__name__)
            raise

    async with watched(Deadlines(), app) as served:
        line = await served.calling(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        got = await line.rest()
    head, _, body = got.partition(b"\r\n\r\n")
    assert len(body) < len(DATA)
    return f"{head[9:12].decode()} {raised[0]}"


async def test_bytes_that_end_too_early_break_the_connection(tmp_path: Path) -> None:
    path = tmp_path / "short"
    path.write_bytes(DATA)
    with path.open("rb") as file:
        assert await refused(Failing(file.fileno(), place=1000)) == "200 Damaged"


async def test_bytes_that_cannot_be_looked_at_are_refused_before_the_head(tmp_path: Path) -> None:
    path = tmp_path / "whole"
    path.write_bytes(DATA)
    with path.open("rb") as file:
        assert await refused(Failing(file.fileno(), fails_at=0)) == "500 StorageFailed"
        assert await refused(Failing(file.fileno(), fails_at=1)) == "200 StorageFailed"


async def test_a_file_that_cannot_be_read_breaks_the_connection(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        assert await refused(Failing(folder)) == "200 StorageFailed"
    finally:
        os.close(folder)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_clients_that_hang_up_are_no_fault(
    loop: Callable[[], asyncio.AbstractEventLoop], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        opened = await stored(tmp_path / "blobs")
        ended: asyncio.Queue[None] = asyncio.Queue()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await servable(opened)(scope, receive, send)
            ended.put_nowait(None)

        async with watched(Deadlines(), app) as served:
            for taken in (1, 50_000, 500_000, 1_500_000):
                await leaving(served.port, taken)
                await asyncio.wait_for(ended.get(), 10)

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(story())
    assert [it.getMessage() for it in caplog.records] == []


async def leaving(port: int, taken: int) -> None:
    """A client that asks for all and breaks the connection when it has so much."""
    loop = asyncio.get_running_loop()
    with socket.socket() as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack("ii", 1, 0))
        own.setblocking(False)
        await loop.sock_connect(own, ("127.0.0.1", port))
        await loop.sock_sendall(own, b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        got = 0
        while got < taken:
            got += len(await loop.sock_recv(own, 65_536))
