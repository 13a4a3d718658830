"""What goes wrong behind a good link: said in S3's words, told to the operator, not a use."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from assembly import Assembly, assembled, engine
from dictabelt.core.ingest import Upload
from dictabelt.core.nouns import Known, Recording
from gated import PATIENCE, Gated
from linking import told
from serving import serving
from sounds import chunks, wave_file
from stocked import Stock

INSIDE = ("stored", "bytes", "length", "/blobs", "Error:", "Traceback")
SECONDS = 60
OUR_FAULT = (
    "InternalError",
    "What is kept behind this link is damaged; its owner must restore it.",
)


@dataclass(frozen=True)
class Scene:
    """A server whose one encoder waits, a client of it, and a recording that is linked to."""

    here: Assembly
    gated: Gated
    client: httpx2.AsyncClient
    recording: Recording

    @property
    def proof(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.here.ours.keys['all']}"}

    @property
    def path(self) -> str:
        return f"/vault/v1/recordings/{self.recording.id}"

    @property
    def original(self) -> str:
        """The key of its bytes."""
        return str(self.recording.media[0].blob)

    async def shared(self, form: str) -> dict[str, Any]:
        answer = await self.client.post(
            f"{self.path}/links", json={"form": form, "uses": 1}, headers=self.proof
        )
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def used(self, made: dict[str, Any]) -> int:
        answer = await self.client.get(f"{self.path}/links/{made['id']}", headers=self.proof)
        used: int = answer.json()["used"]
        return used


@pytest.fixture
async def scene(stocked: Stock, tmp_path: Path) -> AsyncIterator[Scene]:
    gated = Gated(engine())
    async with (
        assembled(stocked, tmp_path / "data", audio=gated, encoders=1) as here,
        serving(here.app) as base,
        httpx2.AsyncClient(base_url=base, timeout=PATIENCE) as client,
    ):
        yield Scene(here, gated, client, here.ours.recordings["call"])
        gated.open()


@pytest.fixture
async def long(scene: Scene) -> Scene:
    """Of a call long enough to be sent while it is encoded."""
    noise = np.random.default_rng(3).integers(-9000, 9000, SECONDS * 8_000, np.int16)
    upload = Upload(chunks(wave_file(noise.tobytes(), channels=1, rate=8_000)))
    added = await scene.here.vault.ingest.add(scene.here.ours.owner, upload, Known())
    return replace(scene, recording=added.recording)


def damaged(_: bytes) -> bytes:
    """Another length."""
    return bytes(500)


def changed(data: bytes) -> bytes:
    """The same length, but nothing that an encoder can read."""
    return bytes(len(data))


@pytest.mark.parametrize("form", ["original", "wav", "mp3"])
async def test_bytes_that_cannot_be_opened_are_refused_in_s3s_words(
    form: str, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    made = await scene.shared(form)
    await scene.here.tamper(scene.original, damaged)
    for headers in ({}, {"range": "bytes=0-1"}):
        with caplog.at_level(logging.WARNING, "dictabelt.http"):
            answer = await scene.client.get(made["url"], headers=headers)
        assert answer.status_code == 500
        assert (told(answer)["Code"], told(answer)["Message"]) == OUR_FAULT
        assert "retry-after" not in answer.headers
        assert told(answer)["RequestId"] == answer.headers["x-request-id"]
        assert not [word for word in INSIDE if word in answer.text]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["access-control-allow-origin"] == "*"
    assert await scene.used(made) == 0
    assert vars(caplog.records[0])["path"] == httpx2.URL(made["url"]).path
    assert "not the length" in vars(caplog.records[0])["reason"]


@pytest.mark.parametrize("form", ["original", "wav", "mp3"])
async def test_bytes_that_are_not_there_are_refused_in_s3s_words(form: str, scene: Scene) -> None:
    made = await scene.shared(form)
    await scene.here.blobs.delete(scene.original)
    answer = await scene.client.get(made["url"])
    assert (answer.status_code, told(answer)["Code"]) == (500, "InternalError")
    assert not [word for word in INSIDE if word in answer.text]
    assert await scene.used(made) == 0


@pytest.mark.parametrize("form", ["opus", "flac"])
async def test_bytes_that_cannot_be_encoded_are_refused_in_s3s_words(
    form: str, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.gated.open()
    made = await scene.shared(form)
    await scene.here.tamper(scene.original, changed)
    with caplog.at_level(logging.WARNING, "dictabelt.http"):
        answer = await scene.client.get(made["url"])
    assert answer.status_code >= 500
    assert told(answer)["Code"] in ("InternalError", "ServiceUnavailable")
    assert not [word for word in INSIDE if word in answer.text]
    assert await scene.used(made) == 0
    assert vars(caplog.records[0])["reason"]


async def test_what_plays_nothing_is_no_use_and_what_plays_is_one(scene: Scene) -> None:
    made = await scene.shared("wav")
    head = await scene.client.head(made["url"])
    for headers, status in (
        ({"if-none-match": head.headers["etag"]}, 304),
        ({"if-modified-since": head.headers["last-modified"]}, 304),
        ({"range": "bytes=9999999-"}, 416),
        ({"if-match": '"other"'}, 412),
    ):
        answer = await scene.client.get(made["url"], headers=headers)
        assert (answer.status_code, await scene.used(made)) == (status, 0)
    await scene.client.post(made["url"])
    assert await scene.used(made) == 0
    answer = await scene.client.get(made["url"], headers={"range": "bytes=0-1"})
    assert (answer.status_code, await scene.used(made)) == (206, 1)
    answer = await scene.client.get(made["url"])
    assert (answer.status_code, await scene.used(made)) == (200, 1)


async def test_who_must_come_back_later_has_not_used_the_link(scene: Scene, long: Scene) -> None:
    made = await scene.shared("opus")
    async with scene.client.stream("GET", f"{long.path}/audio.flac", headers=scene.proof) as other:
        assert other.status_code == 200
        busy = await scene.client.get(made["url"])
        assert (busy.status_code, told(busy)["Code"]) == (503, "SlowDown")
        assert busy.headers["retry-after"] == "5"
    assert await scene.used(made) == 0


async def test_media_that_is_sent_while_it_is_made_is_used_by_one_of_two(long: Scene) -> None:
    made = await long.shared("flac")
    elsewhere = httpx2.ASGITransport(long.here.app, client=("192.0.2.9", 4711))
    async with (
        httpx2.AsyncClient(transport=elsewhere, base_url="http://vault.test") as second,
        long.client.stream("GET", made["url"]) as first,
    ):
        assert (first.status_code, await long.used(made)) == (200, 1)
        late = await second.get(made["url"])
        assert (late.status_code, told(late)["Code"]) == (403, "AccessDenied")
        assert await long.used(made) == 1


async def test_of_two_who_wait_for_the_encoder_one_has_the_last_use(scene: Scene) -> None:
    made = await scene.shared("flac")
    asking = [asyncio.create_task(played_from(scene, made["url"], f"192.0.2.{n}")) for n in (1, 2)]
    await scene.gated.began()
    assert await scene.used(made) == 0
    scene.gated.open()
    assert sorted(await asyncio.gather(*asking)) == [200, 403]
    assert await scene.used(made) == 1


async def played_from(scene: Scene, url: str, address: str) -> int:
    transport = httpx2.ASGITransport(scene.here.app, client=(address, 4711))
    async with httpx2.AsyncClient(transport=transport, base_url="http://vault.test") as client:
        return (await client.get(url)).status_code
