"""A link that has played is looked at again for all that may take it back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from starlette.types import ASGIApp

from assembly import Assembly
from cli.running import ran
from clocks import Clock
from dictabelt.app import opened
from dictabelt.core.vault import Vault
from dictabelt.http.sigv4 import Signer, sign
from dictabelt.settings import load
from linking import Scene, key, path, told
from vaulted import flip

SECOND = timedelta(seconds=1)


async def played(scene: Scene, which: str = "call") -> str:
    """A link that has played twice."""
    url = await scene.link(path(scene, which))
    for _ in range(2):
        assert (await scene.client.get(url)).status_code == 200
        assert (await scene.client.head(url)).status_code == 200
    return url


async def is_gone(scene: Scene, url: str) -> bool:
    """Whether it neither plays nor tells what it would play, which needs no bytes."""
    answers = [await scene.client.head(url), await scene.client.get(url)]
    return [it.status_code for it in answers] == [404, 404]


@asynccontextmanager
async def beside(folder: Path) -> AsyncIterator[Vault]:
    """The same vault, as another process has it."""
    async with opened(load({"data": folder}, {})) as vault:
        yield vault


async def test_it_gives_the_same_again_and_any_part_of_it(scene: Scene) -> None:
    url = await played(scene)
    whole = await scene.client.get(url)
    for first, last in [(0, 9), (1000, 2999), (5, 5)]:
        part = await scene.client.get(url, headers={"range": f"bytes={first}-{last}"})
        assert (part.status_code, part.content) == (206, whole.content[first : last + 1])
        assert part.headers["etag"] == whole.headers["etag"]
    assert (await scene.client.head(url)).headers["etag"] == whole.headers["etag"]


async def test_what_is_deleted_is_gone_at_once(scene: Scene) -> None:
    url, ours = await played(scene), scene.house.ours
    await scene.house.vault.recordings.delete(ours.owner, ours.recordings["call"].id)
    assert await is_gone(scene, url)


async def test_what_another_process_deletes_is_gone_at_once(scene: Scene, tmp_path: Path) -> None:
    url, ours = await played(scene), scene.house.ours
    async with beside(tmp_path / "data") as other:
        await other.recordings.delete(ours.owner, ours.recordings["call"].id)
        assert await is_gone(scene, url)


async def test_what_another_process_finds_damaged_is_refused_at_once(
    scene: Scene, tmp_path: Path, rows_in_folder: None
) -> None:
    del rows_in_folder
    url, media = await played(scene), scene.house.ours.recordings["call"].media[0]
    path = tmp_path / "data" / "blobs" / str(media.blob)
    if not path.exists():
        pytest.skip("the vault is in a bucket")
    whole = path.read_bytes()
    flip(path)
    assert (await scene.client.get(url)).status_code == 200
    check = ("check", "--data", "data", "--read-data")
    assert (await asyncio.to_thread(ran, *check, folder=tmp_path)).code == 6
    for answer in (await scene.client.get(url), await scene.client.get(url)):
        assert (answer.status_code, told(answer)["Code"]) == (500, "InternalError")
    assert (await scene.client.head(url)).status_code == 500
    path.write_bytes(whole)
    assert (await asyncio.to_thread(ran, *check, folder=tmp_path)).code == 0
    assert (await scene.client.get(url)).status_code == 200


async def test_what_changes_elsewhere_takes_nothing_from_it(scene: Scene) -> None:
    url, ours = await played(scene), scene.house.ours
    await scene.house.vault.recordings.delete(ours.owner, ours.recordings["sip"].id)
    assert (await scene.client.get(url)).status_code == 200


async def test_a_link_that_is_like_it_is_looked_at_for_itself(scene: Scene) -> None:
    url = await played(scene)
    assert (
        await scene.client.get(f"{url[:-1]}{'0' if url[-1] != '0' else '1'}")
    ).status_code == 403
    assert (await scene.client.get(url, headers={"host": "else.where"})).status_code == 403
    assert (
        await scene.client.get(url.replace("recording.mp3", "recording.wav"))
    ).status_code == 403
    assert (await scene.client.put(url, content=b"x")).status_code == 403
    assert (await scene.client.get(url)).status_code == 200


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2126, 3, 5, 12, tzinfo=UTC))


@pytest.fixture
def app(here: Assembly) -> ASGIApp:
    return here.app


async def signed(here: Assembly, client: httpx2.AsyncClient, *, ahead: timedelta) -> str:
    """A link of ten minutes dated `ahead` of the clock, that has played."""
    ring = here.vault.ring
    now = await ring.clock()
    signer = Signer(ring.signing(), str(ring.secret(ring.signing(), now)))
    place = f"http://vault.test/media/{key(here.ours.recordings['call'])}"
    url = sign(signer, place, expires=600, now=now + ahead)
    assert (await client.get(url)).status_code == 200
    return url


async def test_it_ends_when_it_ends(
    here: Assembly, client: httpx2.AsyncClient, clock: Clock
) -> None:
    url = await signed(here, client, ahead=timedelta(0))
    clock.forward(600 * SECOND - timedelta(microseconds=1))
    assert (await client.get(url)).status_code == 200
    clock.forward(timedelta(microseconds=1))
    assert told(await client.get(url))["Message"] == "Request has expired"


async def test_a_clock_that_goes_back_finds_it_not_valid_yet(
    here: Assembly, client: httpx2.AsyncClient, clock: Clock
) -> None:
    url = await signed(here, client, ahead=timedelta(minutes=15))
    clock.forward(-SECOND)
    assert told(await client.get(url))["Message"] == "Request is not valid yet"


async def test_a_key_that_another_process_retires_opens_nothing_a_second_later(
    here: Assembly, client: httpx2.AsyncClient, clock: Clock
) -> None:
    url = await signed(here, client, ahead=timedelta(0))
    async with beside(here.folder) as other:
        await other.ring.rotate(grace=timedelta(0))
    clock.forward(SECOND)
    assert told(await client.get(url))["Code"] == "InvalidAccessKeyId"
