"""A client that hangs up leaves files closed and loses nobody the work; over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

import dictabelt
from assembly import Assembly, assembled, engine
from dictabelt.core.ingest import Upload
from dictabelt.core.nouns import Account, Known, Recording
from gated import PATIENCE, Gated
from hearing import heard
from serving import serving
from sounds import chunks, silence
from stocked import Stock


@dataclass(frozen=True)
class Scene:
    """A server whose one encoder waits, and the URL that needs it."""

    here: Assembly
    gated: Gated
    base: str
    url: str


def open_files() -> list[str]:
    """Names of what this process holds open."""
    handles = Path("/proc/self/fd")
    if not handles.exists():
        pytest.skip("open files are told by /proc, which is Linux's")
    return [it.readlink().name for it in handles.iterdir() if it.is_symlink()]


DEMO = Path(dictabelt.__file__).parent / "demo_data"


@pytest.fixture
async def scene(stocked: Stock, tmp_path: Path) -> AsyncIterator[Scene]:
    """The recording was compressed, so that its WAV takes an encoder."""
    gated = Gated(engine())
    async with (
        assembled(stocked, tmp_path / "data", audio=gated, encoders=1) as here,
        serving(here.app) as base,
    ):
        yield Scene(here, gated, base, f"{base}{await compressed(here, 'mp3-16k-mono.mp3')}")
        gated.open()


async def compressed(here: Assembly, name: str) -> str:
    """The path of the WAV of one of the demo's calls."""
    upload = Upload(chunks((DEMO / name).read_bytes()), name=name)
    added = await here.vault.ingest.add(here.ours.owner, upload, Known())
    return wav(here.ours.account, added.recording)


def wav(account: Account, recording: Recording) -> str:
    return f"/2010-04-01/Accounts/{account.id}/Recordings/{recording.id}.wav"


async def calling(url: str) -> asyncio.StreamWriter:
    """A connection on which the URL has been asked for and nothing is read."""
    parts = urlsplit(url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    target = f"{parts.path}?{parts.query}".removesuffix("?")
    writer.write(f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    await writer.drain()
    return writer


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


async def noticed(scene: Scene) -> None:
    """Returns once the server has seen whatever its sockets brought before now."""
    async with httpx2.AsyncClient() as client:
        for _ in range(20):
            await client.get(f"{scene.base}/livez")


async def answered(url: str) -> httpx2.Response:
    """What a client gets that comes back for as long as it is told to."""
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        for _ in range(1_000):
            answer = await client.get(url)
            if answer.status_code != 429:
                return answer
    pytest.fail("the encoder is never free again")


async def test_what_a_listener_asked_for_is_made_though_he_hangs_up(scene: Scene) -> None:
    writer = await calling(scene.url)
    await scene.gated.began()
    await hang_up(writer)
    await noticed(scene)
    scene.gated.open()
    await scene.gated.ended()
    answer = await answered(scene.url)
    assert (answer.status_code, scene.gated.renders, scene.gated.failure) == (200, 1, None)
    assert heard(answer.content).seconds > 5


async def test_one_listener_who_hangs_up_takes_nothing_from_another(scene: Scene) -> None:
    writer = await calling(scene.url)
    await scene.gated.began()
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        other = asyncio.create_task(client.get(scene.url))
        await noticed(scene)
        await hang_up(writer)
        await noticed(scene)
        scene.gated.open()
        answer = await other
    assert (answer.status_code, scene.gated.renders) == (200, 1)
    assert len(answer.content) == int(answer.headers["content-length"])
    assert scene.gated.failure is None


async def test_other_requests_are_answered_while_an_encoder_is_at_work(scene: Scene) -> None:
    other = await compressed(scene.here, "opus-16k-mono.ogg")
    writer = await calling(scene.url)
    await scene.gated.began()
    async with httpx2.AsyncClient(base_url=scene.base) as client:
        busy = await client.get(other)
        assert (busy.status_code, busy.headers["retry-after"]) == (429, "5")
        call = wav(scene.here.ours.account, scene.here.ours.recordings["call"])
        for path in (call, call.replace(".wav", ".mp3")):
            assert (await client.get(path)).status_code == 200
    await hang_up(writer)


async def test_a_listener_who_hangs_up_in_the_middle_of_the_bytes_leaves_the_file_closed(
    scene: Scene,
) -> None:
    owner = scene.here.ours.owner
    upload = Upload(chunks(silence(600)), name="long.wav")
    recording = (await scene.here.vault.ingest.add(owner, upload, Known())).recording
    url = f"{scene.base}{wav(scene.here.ours.account, recording)}"
    writers = [await calling(url) for _ in range(10)]
    async with httpx2.AsyncClient() as client:
        await noticed(scene)
        for it in writers:
            await hang_up(it)
        whole = await client.get(url)
    assert len(whole.content) == 44 + 2 * 8_000 * 600
    await gone_from(scene, str(recording.media[0].blob))


async def gone_from(scene: Scene, blob: str) -> None:
    """Asserts that this process holds the blob open no longer."""
    await noticed(scene)
    assert Path(blob).name not in open_files()
