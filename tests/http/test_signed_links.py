"""Signed links as clients meet them: a real server, real clients, and every way to be refused."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx2
import pytest

from dialects.driver import Subject, driver
from dictabelt.http.dialect import Dialect
from dictabelt.http.sigv4 import sign
from hearing import heard
from linking import LINKING, Scene, every_linking, key, path, told
from serving import serving
from stocked import House

HOSTS = ("http://vault.example", "http://inside.example:8080")
Opening = Callable[..., AbstractAsyncContextManager[House]]


@every_linking
async def test_a_link_plays_without_a_key(dialect: Dialect, scene: Scene) -> None:
    url = await scene.of(dialect)
    assert url.startswith(f"{scene.base}/media/")
    answer = await scene.client.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("audio/")
    assert (heard(answer.content).channels, round(heard(answer.content).seconds, 1)) == (2, 2.4)


@every_linking
async def test_a_link_answers_head_and_ranges_too(dialect: Dialect, scene: Scene) -> None:
    url = await scene.of(dialect)
    whole, head = await scene.client.get(url), await scene.client.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    assert head.headers["etag"] == whole.headers["etag"]
    part = await scene.client.get(url, headers={"range": "bytes=0-1"})
    assert (part.status_code, part.content) == (206, whole.content[:2])


@every_linking
async def test_an_authorization_header_of_elsewhere_is_not_looked_at(
    dialect: Dialect, scene: Scene
) -> None:
    url, theirs = await scene.of(dialect), scene.house.theirs
    for proof in ("Bearer nonsense", "Basic !!", f"AccessKey {theirs.keys['revoked']}", "AWS4 x"):
        answer = await scene.client.get(url, headers={"authorization": proof})
        assert answer.status_code == 200


@every_linking
async def test_a_players_preflight_is_answered(dialect: Dialect, scene: Scene) -> None:
    url = await scene.of(dialect)
    asking = {"origin": "https://player.example", "access-control-request-method": "GET"}
    answer = await scene.client.options(url, headers=asking)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    played = await scene.client.get(url, headers={"origin": "https://player.example"})
    assert played.headers["access-control-allow-origin"] == "*"


@every_linking
async def test_a_link_lives_as_long_as_its_vendor_says(dialect: Dialect, scene: Scene) -> None:
    url = await scene.of(dialect)
    assert f"X-Amz-Expires={driver(dialect.name).link_seconds}&" in url


async def test_a_link_that_has_expired_says_so_and_when(scene: Scene) -> None:
    old = await scene.link(path(scene), ago=timedelta(seconds=601), expires=600)
    answer = await scene.client.get(old)
    reason = told(answer)
    assert (answer.status_code, reason["Code"]) == (403, "AccessDenied")
    assert reason["Message"] == "Request has expired"
    ended = datetime.fromisoformat(reason["Expires"])
    assert timedelta(0) < await scene.now() - ended < timedelta(seconds=30)
    assert reason["X-Amz-Expires"] == "600"
    assert reason["RequestId"] == answer.headers["x-amz-request-id"]


async def test_a_link_that_has_not_expired_plays(scene: Scene) -> None:
    young = await scene.link(path(scene), ago=timedelta(minutes=9), expires=600)
    assert (await scene.client.get(young)).status_code == 200


@pytest.mark.parametrize(("ahead", "status"), [(14, 200), (16, 403)])
async def test_a_link_of_the_future_is_good_within_a_quarter_of_an_hour(
    ahead: int, status: int, scene: Scene
) -> None:
    url = await scene.link(path(scene), ago=-timedelta(minutes=ahead))
    answer = await scene.client.get(url)
    assert answer.status_code == status
    if status == 403:
        assert told(answer)["Message"] == "Request is not valid yet"


PARAMETERS = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA512",
    "X-Amz-Credential": "DBLKAAAAAAAAAAAAAAAA%2F20260101%2Fus-east-1%2Fs3%2Faws4_request",
    "X-Amz-Date": "20260101T000000Z",
    "X-Amz-Expires": "604800",
    "X-Amz-SignedHeaders": "host%3Brange",
    "X-Amz-Signature": "0" * 64,
}


@pytest.mark.parametrize("parameter", PARAMETERS)
@pytest.mark.parametrize("change", ["other", "none", "twice", "lower case"])
async def test_a_link_with_any_parameter_changed_opens_nothing(
    parameter: str, change: str, scene: Scene
) -> None:
    url = await scene.link(path(scene))
    place, _, query = url.partition("?")
    pairs = dict(it.split("=", 1) for it in query.split("&"))
    given = [f"{name}={value}" for name, value in pairs.items()]
    at = [*pairs].index(parameter)
    changed = {
        "other": [f"{parameter}={PARAMETERS[parameter]}"],
        "none": [],
        "twice": [given[at], given[at]],
        "lower case": [given[at].replace(parameter, parameter.lower())],
    }[change]
    answer = await scene.client.get(
        f"{place}?{'&'.join([*given[:at], *changed, *given[at + 1 :]])}"
    )
    assert answer.status_code in (400, 403)
    assert told(answer)["Code"] in (
        "AccessDenied",
        "AuthorizationQueryParametersError",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
    )
    assert b"Signature=" not in answer.content


@pytest.mark.parametrize("change", ["recording", "media", "account", "name", "form", "method"])
async def test_a_link_opens_nothing_but_what_it_was_signed_for(change: str, scene: Scene) -> None:
    ours, theirs = scene.house.ours.recordings["call"], scene.house.theirs.recordings["call"]
    url, sip = await scene.link(path(scene)), scene.house.ours.recordings["sip"]
    old, new = {
        "recording": (str(ours.id), str(sip.id)),
        "media": (str(ours.media[0].id), str(sip.media[0].id)),
        "account": (str(ours.account), str(theirs.account)),
        "name": ("recording.mp3", "original.mp3"),
        "form": (".mp3", ".wav"),
        "method": ("", ""),
    }[change]
    method = "DELETE" if change == "method" else "GET"
    answer = await scene.client.request(method, url.replace(old, new))
    assert (answer.status_code, told(answer)["Code"]) == (403, "SignatureDoesNotMatch")


async def test_what_is_signed_but_not_there_is_not_told_from_what_never_was(scene: Scene) -> None:
    house = scene.house
    ours, theirs = house.ours.recordings, house.theirs.recordings
    call = ours["call"]
    places = {
        "unknown": key(replace(call, id=Subject.unknown(call.account).recording)),  # type: ignore[arg-type]
        "deleted": key(ours["deleted"]),
        "of another account": key(replace(theirs["call"], account=call.account)),
        "of another recording": key(replace(call, media=ours["sip"].media)),
        "a picture as sound": key(replace(ours["visit"], media=ours["visit"].media[2:])),
        "in no layout": "a/b",
        "with no such form": key(call, "recording.ogg"),
    }
    for which, place in places.items():
        answer = await scene.client.get(await scene.link(f"/media/{place}"))
        reason = told(answer)
        assert (answer.status_code, reason["Code"]) == (404, "NoSuchKey"), which
        assert reason["Message"] == "There is nothing behind this link, or no longer."


async def test_what_cannot_be_played_says_so_to_whoever_holds_a_link(scene: Scene) -> None:
    answer = await scene.client.get(await scene.link(path(scene, "failed")))
    assert (answer.status_code, told(answer)["Code"]) == (404, "NoSuchKey")
    assert "cannot be played" in told(answer)["Message"]


@every_linking
async def test_links_of_a_deleted_recording_are_dead_at_once(
    dialect: Dialect, scene: Scene
) -> None:
    url, ours = await scene.of(dialect), scene.house.ours
    assert (await scene.client.get(url)).status_code == 200
    await scene.house.vault.recordings.delete(ours.owner, ours.recordings["call"].id)
    answer = await scene.client.get(url)
    assert (answer.status_code, told(answer)["Code"]) == (404, "NoSuchKey")


@pytest.mark.parametrize("grace", [timedelta(0), timedelta(hours=1)])
async def test_a_rotated_key_leaves_its_links_their_grace(grace: timedelta, scene: Scene) -> None:
    old = await scene.link(path(scene))
    await scene.house.vault.ring.rotate(grace=grace)
    answer = await scene.client.get(old)
    if grace:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, told(answer)["Code"]) == (403, "InvalidAccessKeyId")
    fresh = await scene.of(LINKING[0])
    assert (await scene.client.get(fresh)).status_code == 200
    assert urlsplit(fresh).query.split("%2F")[0] != urlsplit(old).query.split("%2F")[0]


async def test_a_key_of_another_vault_signs_nothing_here(scene: Scene) -> None:
    signer = replace(await scene.signer(), secret="another vault's")
    now = await scene.now()
    url = sign(signer, f"{scene.base}{path(scene)}", expires=600, now=now)
    assert told(await scene.client.get(url))["Code"] == "SignatureDoesNotMatch"


async def test_links_are_good_for_every_public_host_and_for_no_other(opening: Opening) -> None:
    async with (
        opening(public_urls=HOSTS) as house,
        serving(house.app) as base,
        httpx2.AsyncClient() as client,
    ):
        scene = Scene(house, base, client)
        for origin in (*HOSTS, "http://evil.example"):
            signer, now = await scene.signer(), await scene.now()
            signed = sign(signer, f"{origin}{path(scene)}", expires=600, now=now)
            for host in ("vault.example", "inside.example:8080", "evil.example"):
                here = f"{base}{signed.removeprefix(origin)}"
                answer = await client.get(here, headers={"host": host})
                right = 403 if origin == "http://evil.example" else 200
                assert answer.status_code == right, (origin, host)


async def test_a_link_names_the_public_host_that_its_asker_used(opening: Opening) -> None:
    async with opening(public_urls=HOSTS) as house, serving(house.app) as base:
        ours = house.ours
        call = ours.recordings["call"]
        asking = f"{base}/workspaces/{ours.account.id}/recordings/{call.id}"
        proof = {"authorization": f"AccessKey {ours.keys['all']}"}
        async with httpx2.AsyncClient() as client:
            for host, origin in (
                ("inside.example:8080", HOSTS[1]),
                ("vault.example", HOSTS[0]),
                ("evil.example", HOSTS[0]),
            ):
                answer = await client.get(asking, headers={**proof, "host": host})
                assert answer.json()["url"].startswith(f"{origin}/media/")


async def test_a_range_beyond_the_media_says_so(scene: Scene) -> None:
    url = await scene.link(path(scene))
    size = len((await scene.client.get(url)).content)
    answer = await scene.client.get(url, headers={"range": f"bytes={size}-"})
    assert (answer.status_code, told(answer)["Code"]) == (416, "InvalidRange")
    assert answer.headers["content-range"] == f"bytes */{size}"
    unless = await scene.client.get(url, headers={"if-match": '"another"'})
    assert (unless.status_code, told(unless)["Code"]) == (412, "PreconditionFailed")
