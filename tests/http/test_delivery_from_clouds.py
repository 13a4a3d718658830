"""Media of an account that sends its clients to Azure, or to Google."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from linking import Scene, redirecting
from linking import call_link as link
from stocked import Place, Stock


@pytest.fixture(params=["container", "google"])
def cloud(request: pytest.FixtureRequest) -> Place:
    place: Place = request.getfixturevalue(request.param)
    return place


@pytest.fixture
async def sending(stocked: Stock, cloud: Place, tmp_path: Path) -> AsyncIterator[Scene]:
    """Our house over a cloud, its media delivered by redirect."""
    async with redirecting(stocked, cloud, tmp_path / "data") as scene:
        yield scene


def left(url: str) -> float:
    """Seconds that the URL says it has left."""
    fields = {name: it[0] for name, it in parse_qs(urlsplit(url).query).items()}
    if "se" in fields:
        return (datetime.fromisoformat(fields["se"]) - datetime.now(UTC)).total_seconds()
    return float(fields["X-Goog-Expires"])


async def test_what_is_kept_as_it_is_served_comes_from_there(sending: Scene, cloud: Place) -> None:
    sent = await sending.client.get(await link(sending))
    assert sent.status_code == 307
    assert sent.headers["location"].startswith(cloud.endpoint)
    got = await sending.client.get(sent.headers["location"])
    assert got.status_code == 200
    assert len(got.content) == sending.house.ours.recordings["call"].media[0].size
    assert got.headers["content-type"] == "audio/wav"
    assert got.headers["content-disposition"] == 'inline; filename="call.wav"'
    some = {"range": "bytes=100-199"}
    part = await sending.client.get(await link(sending), headers=some, follow_redirects=True)
    assert (part.status_code, part.content) == (206, got.content[100:200])


async def test_what_is_made_as_it_is_read_comes_from_the_vault(sending: Scene) -> None:
    answer = await sending.client.get(await link(sending, "mp3"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")
    assert (await sending.client.head(await link(sending))).status_code == 200


async def test_a_packed_original_comes_from_the_vault(sending: Scene) -> None:
    house = sending.house
    call = house.ours.recordings["call"]
    before = await sending.client.get(await link(sending), follow_redirects=True)
    await house.vault.packing.pack(house.ours.owner, call.id, call.media[0].id)
    after = await sending.client.get(await link(sending))
    assert (after.status_code, after.content) == (200, before.content)


async def test_the_url_is_for_this_alone_and_ends_with_the_link(sending: Scene) -> None:
    sent = (await sending.client.get(await link(sending, expires=30))).headers["location"]
    assert 20 <= left(sent) <= 30
    path, _, query = sent.partition("?")
    assert (await sending.client.get(f"{path}?{query}")).status_code == 200
    for other in (
        f"{path}?{query.replace('audio%2Fwav', 'text%2Fhtml')}",
        f"{path}2?{query}",
        path,
    ):
        assert (await sending.client.get(other)).status_code in (401, 403, 404)
    sent = (await sending.client.get(await link(sending, expires=86_400))).headers["location"]
    assert 3500 <= left(sent) <= 3600
