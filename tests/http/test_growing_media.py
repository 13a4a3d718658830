"""Media that is sent while it is encoded: without a length, whole, and never half as if whole."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import numpy as np
import pytest

from assembly import Assembly, assembled, engine
from dictabelt.core.ingest import Upload
from dictabelt.core.nouns import Known
from gated import PATIENCE, Gated
from hearing import heard
from serving import serving
from sounds import chunks, wave_file
from stocked import Stock

SECONDS = 60


@dataclass(frozen=True)
class Scene:
    """A server whose encoder waits in the middle of a long call, asked for as FLAC."""

    here: Assembly
    gated: Gated
    client: httpx2.AsyncClient
    path: str


@pytest.fixture
async def scene(stocked: Stock, tmp_path: Path) -> AsyncIterator[Scene]:
    gated = Gated(engine())
    async with (
        assembled(stocked, tmp_path / "data", audio=gated, encoders=1) as here,
        serving(here.app) as base,
        httpx2.AsyncClient(base_url=base, timeout=PATIENCE) as client,
    ):
        noise = np.random.default_rng(3).integers(-9000, 9000, SECONDS * 8_000, np.int16)
        upload = Upload(chunks(wave_file(noise.tobytes(), channels=1, rate=8_000)))
        added = await here.vault.ingest.add(here.ours.owner, upload, Known())
        client.headers["authorization"] = f"Bearer {here.ours.keys['all']}"
        path = f"/vault/v1/recordings/{added.recording.id}/audio.flac"
        yield Scene(here, gated, client, path)
        gated.open()


async def test_the_first_listener_hears_it_while_it_is_made_and_the_next_has_its_length(
    scene: Scene,
) -> None:
    async with scene.client.stream("GET", scene.path, headers={"range": "bytes=0-9"}) as first:
        assert first.status_code == 200
        assert "content-length" not in first.headers
        assert first.headers["accept-ranges"] == "none"
        pieces = first.aiter_raw()
        began = await anext(pieces)
        assert began.startswith(b"fLaC")
        scene.gated.open()
        whole = began + b"".join([piece async for piece in pieces])
    assert heard(whole).seconds == SECONDS
    await scene.gated.ended()
    again = await settled_get(scene)
    assert again.content == whole
    assert again.headers["etag"] == first.headers["etag"]
    part = await scene.client.get(scene.path, headers={"range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, whole[5:10])
    assert scene.gated.renders == 1


async def settled_get(scene: Scene) -> httpx2.Response:
    """The answer once the file is kept."""
    for _ in range(1_000):
        answer = await scene.client.get(scene.path)
        if "content-length" in answer.headers:
            return answer
    pytest.fail("it is never kept")


async def test_who_has_it_already_gets_nothing_though_it_is_not_made_yet(scene: Scene) -> None:
    head = await scene.client.head(scene.path)
    assert (head.status_code, head.content) == (200, b"")
    assert "content-length" not in head.headers
    known = {"if-none-match": head.headers["etag"]}
    assert (await scene.client.get(scene.path, headers=known)).status_code == 304


async def test_an_encoder_that_fails_half_way_breaks_the_connection(scene: Scene) -> None:
    async with scene.client.stream("GET", scene.path) as first:
        pieces = first.aiter_raw()
        await anext(pieces)
        closing = asyncio.create_task(scene.here.vault.renditions.close())
        await asyncio.sleep(0)
        scene.gated.open()
        with pytest.raises(httpx2.RemoteProtocolError):
            _ = [piece async for piece in pieces]
        await closing
