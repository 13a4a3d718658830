"""LaML's path without an extension: sound for players, metadata for one SDK."""

import httpx2
import pytest

from dialects.driver import basic
from dictabelt.dialects.laml import wire
from stocked import House, Tenant

AXIOS = "application/json, text/plain, */*"


def at(tenant: Tenant, name: str, extension: str = "") -> str:
    recording = tenant.recordings[name]
    return f"{wire.PREFIXES[0]}/Accounts/{recording.account}/Recordings/{recording.id}{extension}"


def key(tenant: Tenant, name: str = "all") -> dict[str, str]:
    return basic(tenant.account.id, tenant.keys[name])


async def test_a_client_with_a_key_that_wants_json_alone_gets_metadata(
    house: House, client: httpx2.AsyncClient
) -> None:
    headers = {"accept": "application/json", **key(house.ours)}
    bare = await client.get(at(house.ours, "call"), headers=headers)
    named = await client.get(at(house.ours, "call", ".json"), headers=key(house.ours))
    assert bare.json() == named.json()


@pytest.mark.parametrize("accept", [AXIOS, "*/*", "audio/*"])
async def test_a_client_with_a_key_that_takes_sound_gets_it(
    house: House, client: httpx2.AsyncClient, accept: str
) -> None:
    headers = {"accept": accept, **key(house.ours)}
    answer = await client.get(at(house.ours, "call"), headers=headers)
    assert answer.headers["content-type"] == "audio/x-wav"


@pytest.mark.parametrize("accept", [AXIOS, "application/json"])
async def test_public_sound_is_for_everybody_whatever_they_accept(
    house: House, client: httpx2.AsyncClient, accept: str
) -> None:
    answer = await client.get(at(house.ours, "call"), headers={"accept": accept})
    assert answer.headers["content-type"] == "audio/x-wav"


async def test_a_wrong_key_is_told_so_where_json_is_wanted(
    house: House, client: httpx2.AsyncClient
) -> None:
    headers = {"accept": "application/json", **key(house.ours, "revoked")}
    answer = await client.get(at(house.ours, "call"), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


@pytest.mark.parametrize("name", ["in progress", "absent", "failed"])
@pytest.mark.parametrize("extension", ["", ".wav", ".mp3"])
async def test_sound_that_cannot_be_played_is_not_there(
    house: House, client: httpx2.AsyncClient, name: str, extension: str
) -> None:
    answer = await client.get(at(house.ours, name, extension))
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


async def test_a_deletion_that_must_wait_says_why(house: House, client: httpx2.AsyncClient) -> None:
    place = at(house.ours, "in progress", ".json")
    answer = await client.delete(place, headers=key(house.ours))
    assert (answer.status_code, answer.json()["code"]) == (400, 20009)
    assert "not finished" in answer.json()["message"]
