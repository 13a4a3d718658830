"""A browser plays every dialect's media, knows its length, and seeks in what was never encoded."""

from pathlib import Path

import httpx2
import numpy as np
import pytest

import dictabelt
from chromium import Chromium
from dialects.asking import holding, send
from dialects.driver import DIALECTS, Subject, driver, reading
from dictabelt.core.ingest import Upload
from dictabelt.core.media import Form
from dictabelt.core.nouns import Known, Recording
from serving import serving
from sounds import chunks, wave_file
from stocked import House

DEMO = Path(dictabelt.__file__).parent / "demo_data"
SECONDS = 61.5
PLAY = """async (url) => {
  const audio = new Audio();
  const event = (name) => new Promise((done, failed) => {
    audio.addEventListener(name, done, {once: true});
    setTimeout(() => failed(`no ${name}`), 60000);
    audio.addEventListener('error', () => failed(`${name}: ${audio.error.message}`), {once: true});
  });
  audio.muted = true;
  audio.preload = 'auto';
  const known = event('loadedmetadata');
  audio.src = url;
  await known;
  const duration = audio.duration;
  const seeked = event('seeked');
  audio.currentTime = duration * 0.9;
  await seeked;
  const at = audio.currentTime;
  await audio.play();
  while (audio.currentTime < at + 0.2) {
    await event('timeupdate');
  }
  return {duration, at, on: audio.currentTime};
}"""


async def added(house: House, data: bytes, name: str) -> Recording:
    upload = Upload(chunks(data), name=name)
    return (await house.vault.ingest.add(house.ours.owner, upload, Known(call_id=name))).recording


async def long_call(house: House) -> Recording:
    """A minute of two people, never encoded before."""
    speech = np.random.default_rng(5).normal(0, 2_000, (int(SECONDS * 8_000), 2))
    pcm = speech.astype("<i2").tobytes()
    return await added(house, wave_file(pcm, channels=2, rate=8_000), "browser.wav")


async def media_url(client: httpx2.AsyncClient, house: House, it: Recording, name: str) -> str:
    """Where the dialect says that the recording is heard."""
    dialect = next(one for one in DIALECTS if one.name == name)
    drive = driver(name)
    answer = await send(
        client, drive.ask(reading(dialect), Subject.of(it)), holding(dialect, house.ours)
    )
    url = drive.heard(answer)
    assert url is not None
    return str(client.base_url.join(url))


async def played(browser: Chromium, url: str, *, seconds: float) -> None:
    async with browser.page() as page:
        found = await browser.there(page.evaluate(PLAY, url))
    assert found["duration"] == pytest.approx(seconds, abs=0.12)
    assert found["at"] == pytest.approx(found["duration"] * 0.9, abs=0.1)
    assert found["on"] >= found["at"] + 0.2


ASKED = [(it.name, None) for it in DIALECTS] + [("laml", ".mp3")]
"""Each dialect's one address; LaML's says WAV, and has the MP3 beside it. Native: see below."""


@pytest.mark.parametrize(("name", "extension"), ASKED)
async def test_the_media_of_each_dialect_is_played_and_sought(
    name: str, extension: str | None, house: House, browser: Chromium
) -> None:
    call = await long_call(house)
    async with (
        serving(house.app) as base,
        httpx2.AsyncClient(base_url=base, follow_redirects=True) as client,
    ):
        url = await media_url(client, house, call, name)
        if extension is not None:
            url = url.removesuffix(".wav") + extension
        await played(browser, url, seconds=SECONDS)
        probe = await client.get(url, headers={"range": "bytes=0-1"})
        assert (probe.status_code, len(probe.content)) == (206, 2)
        assert probe.headers["content-range"].startswith("bytes 0-1/")


@pytest.mark.parametrize("form", [Form.WAV, Form.MP3, Form.FLAC, Form.OPUS])
async def test_every_form_of_a_native_link_is_played_and_sought(
    form: Form, house: House, browser: Chromium
) -> None:
    call = await long_call(house)
    token = {"authorization": f"Bearer {house.ours.keys['all']}"}
    async with (
        serving(house.app) as base,
        httpx2.AsyncClient(base_url=base, headers=token) as client,
    ):
        made = await client.post(f"/vault/v1/recordings/{call.id}/links", json={"form": form.value})
        url = made.json()["url"]
        if form in (Form.FLAC, Form.OPUS):
            await client.get(url)
        await played(browser, url, seconds=SECONDS)


@pytest.mark.parametrize("extension", ["wav", "mp3"])
@pytest.mark.parametrize("name", ["opus-16k-mono.ogg", "mp3-16k-mono.mp3", "mulaw-8k-mono.wav"])
async def test_calls_of_other_codings_are_played_and_sought_the_first_time(
    name: str, extension: str, house: House, browser: Chromium
) -> None:
    call = await added(house, (DEMO / name).read_bytes(), name)
    assert call.duration_ms is not None
    path = f"/api/laml/2010-04-01/Accounts/{call.account}/Recordings/{call.id}.{extension}"
    async with serving(house.app) as base:
        await played(browser, base + path, seconds=call.duration_ms / 1000)
