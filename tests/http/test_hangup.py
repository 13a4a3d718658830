"""A client that hangs up stops the work that was for it alone; over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from assembly import Assembly, assembled, engine
from dictabelt.core.ingest import Upload
from dictabelt.core.nouns import Known
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


@pytest.fixture
async def scene(stocked: Stock, tmp_path: Path) -> AsyncIterator[Scene]:
    gated = Gated(engine())
    async with (
        assembled(stocked, tmp_path / "data", audio=gated, encoders=1) as here,
        serving(here.app) as base,
    ):
        yield Scene(here, gated, base, f"{base}{mp3(here)}")
        gated.open()


def mp3(here: Assembly, which: str = "call") -> str:
    recording = here.ours.recordings[which]
    return f"/2010-04-01/Accounts/{recording.account}/Recordings/{recording.id}.mp3"


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


async def test_an_encoder_stops_when_its_only_listener_hangs_up(scene: Scene) -> None:
    kept = await scene.here.kept()
    writer = await calling(scene.url)
    await scene.gated.began()
    await hang_up(writer)
    await noticed(scene)
    scene.gated.open()
    await scene.gated.ended()
    assert scene.gated.failure is not None
    # There is one encoder, so whoever gets an answer shows that the first has let it go.
    assert (await answered(f"{scene.base}{mp3(scene.here, 'sip')}")).status_code == 200
    assert await renditions(scene.here) == []
    assert len(await scene.here.kept() - kept) == 1


async def test_whoever_comes_after_a_hang_up_has_it_made_anew(scene: Scene) -> None:
    writer = await calling(scene.url)
    await scene.gated.began()
    await hang_up(writer)
    await noticed(scene)
    scene.gated.open()
    answer = await answered(scene.url)
    assert (answer.status_code, scene.gated.renders) == (200, 2)
    assert heard(answer.content).seconds == pytest.approx(2.4, abs=0.05)


async def renditions(here: Assembly) -> list[object]:
    """What is kept of the call's renditions."""
    media = here.ours.recordings["call"].media[0]
    async with here.db.read() as tx:
        return [*await tx.renditions.of(here.ours.account.id, media.id)]


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
    assert answer.status_code == 200
    assert heard(answer.content).seconds == pytest.approx(2.4, abs=0.05)
    assert (scene.gated.renders, scene.gated.failure) == (1, None)


async def test_other_requests_are_answered_while_an_encoder_is_at_work(scene: Scene) -> None:
    writer = await calling(scene.url)
    await scene.gated.began()
    async with httpx2.AsyncClient(base_url=scene.base) as client:
        busy = await client.get(mp3(scene.here, "sip"))
        assert (busy.status_code, busy.headers["retry-after"]) == (429, "5")
        wav = await client.get(mp3(scene.here).replace(".mp3", ".wav"))
        assert wav.status_code == 200
    await hang_up(writer)


async def test_a_listener_who_hangs_up_in_the_middle_of_the_bytes_leaves_the_file_closed(
    scene: Scene,
) -> None:
    owner = scene.here.ours.owner
    upload = Upload(chunks(silence(600)), name="long.wav")
    recording = (await scene.here.vault.ingest.add(owner, upload, Known())).recording
    url = f"{scene.base}{mp3(scene.here)}".replace(
        str(scene.here.ours.recordings["call"].id), str(recording.id)
    ).replace(".mp3", ".wav")
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


async def test_a_signed_link_is_given_up_like_any_other(scene: Scene) -> None:
    recording = scene.here.ours.recordings["call"]
    token = scene.here.ours.keys["all"]
    async with httpx2.AsyncClient(base_url=scene.base) as client:
        answer = await client.get(
            f"/workspaces/{recording.account}/recordings/{recording.id}",
            headers={"authorization": f"AccessKey {token}"},
        )
    url = answer.json()["url"]
    writer = await calling(url)
    await scene.gated.began()
    await hang_up(writer)
    await noticed(scene)
    scene.gated.open()
    await scene.gated.ended()
    assert scene.gated.failure is not None
