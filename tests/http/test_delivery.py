"""Media of an account that sends its clients to the bucket, over a real S3 server."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from dictabelt.core.accounts import AccountChanges
from dictabelt.core.nouns import Delivery
from linking import Scene, redirecting
from linking import call_link as link
from seaweed import Bucket
from stocked import Stock


@pytest.fixture
async def sending(stocked: Stock, bucket: Bucket, tmp_path: Path) -> AsyncIterator[Scene]:
    """Our house over a bucket, its media delivered by redirect."""
    async with redirecting(stocked, bucket, tmp_path / "data") as scene:
        yield scene


def lifetime(answer: httpx2.Response) -> int:
    assert answer.status_code == 307, answer.text
    return int(parse_qs(urlsplit(answer.headers["location"]).query)["X-Amz-Expires"][0])


async def test_what_is_kept_as_it_is_served_comes_from_the_bucket(
    sending: Scene, bucket: Bucket
) -> None:
    sent = await sending.client.get(await link(sending))
    assert sent.status_code == 307
    assert sent.headers["location"].startswith(bucket.endpoint)
    assert sent.headers["access-control-allow-origin"] == "*"
    got = await sending.client.get(sent.headers["location"])
    original = sending.house.ours.recordings["call"].media[0]
    assert got.status_code == 200
    assert len(got.content) == original.size
    assert got.headers["content-type"] == "audio/wav"
    assert got.headers["content-disposition"] == 'inline; filename="call.wav"'


async def test_a_range_is_followed_to_the_bucket(sending: Scene) -> None:
    whole = await sending.client.get(await link(sending), follow_redirects=True)
    some = {"range": "bytes=100-199"}
    part = await sending.client.get(await link(sending), headers=some, follow_redirects=True)
    assert (part.status_code, part.content) == (206, whole.content[100:200])


async def test_what_is_made_as_it_is_read_comes_from_the_vault(sending: Scene) -> None:
    answer = await sending.client.get(await link(sending, "mp3"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/mpeg"


async def test_a_packed_original_comes_from_the_vault(sending: Scene) -> None:
    house = sending.house
    call = house.ours.recordings["call"]
    before = await sending.client.get(await link(sending), follow_redirects=True)
    await house.vault.packing.pack(house.ours.owner, call.id, call.media[0].id)
    after = await sending.client.get(await link(sending))
    assert (after.status_code, after.content) == (200, before.content)


async def test_the_vault_answers_all_that_needs_no_bytes(sending: Scene) -> None:
    url = await link(sending)
    head = await sending.client.head(url)
    assert head.status_code == 200
    known = {"if-none-match": head.headers["etag"]}
    assert (await sending.client.get(url, headers=known)).status_code == 304
    behind = {"range": "bytes=99999999-"}
    assert (await sending.client.get(url, headers=behind)).status_code == 416


@pytest.mark.parametrize(
    "headers",
    [{"range": "bytes=0-1,5-9"}, {"range": "bytes=0-9", "if-range": '"x"'}],
    ids=["two ranges", "If-Range"],
)
async def test_what_the_bucket_would_answer_otherwise_the_vault_does(
    sending: Scene, headers: dict[str, str]
) -> None:
    answer = await sending.client.get(await link(sending), headers=headers)
    assert answer.status_code in (200, 206)


async def test_the_url_ends_with_the_link_and_within_an_hour(sending: Scene) -> None:
    assert 25 <= lifetime(await sending.client.get(await link(sending, expires=30))) <= 30
    day = timedelta(days=1) // timedelta(seconds=1)
    assert lifetime(await sending.client.get(await link(sending, expires=day))) == 3600


async def test_a_key_is_sent_there_too(sending: Scene) -> None:
    call = sending.house.ours.recordings["call"]
    place = f"/vault/v1/recordings/{call.id}/media/{call.media[0].id}/original"
    proof = {"authorization": f"Bearer {sending.house.ours.keys['all']}"}
    assert lifetime(await sending.client.get(place, headers=proof)) == 3600


async def test_a_link_that_can_be_taken_back_is_served_by_the_vault(sending: Scene) -> None:
    call = sending.house.ours.recordings["call"]
    proof = {"authorization": f"Bearer {sending.house.ours.keys['all']}"}
    place = f"/vault/v1/recordings/{call.id}/links"
    made = await sending.client.post(place, json={"form": "wav"}, headers=proof)
    assert (await sending.client.get(made.json()["url"])).status_code == 200


async def test_an_account_that_asks_for_nothing_is_served_by_the_vault(sending: Scene) -> None:
    house = sending.house
    await house.vault.accounts.change(house.ours.owner, AccountChanges(delivery=Delivery.PROXY))
    assert (await sending.client.get(await link(sending))).status_code == 200
