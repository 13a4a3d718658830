"""Signed links as clients meet them: a real server, real clients, and every way to be refused."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import boto3
import httpx2
import pytest
import requests
from botocore.config import Config

from dialects.driver import DIALECTS, Subject, driver, reading
from dictabelt.core.nouns import Recording
from dictabelt.http.dialect import Dialect
from dictabelt.http.sigv4 import Signer, sign
from hearing import heard
from serving import serving
from stocked import House

SECOND = timedelta(seconds=1)
HOSTS = ("http://vault.example", "http://inside.example:8080")
Opening = Callable[..., AbstractAsyncContextManager[House]]


@dataclass(frozen=True)
class Scene:
    """A house with its server, and a client of it."""

    house: House
    base: str
    client: httpx2.AsyncClient

    async def now(self) -> datetime:
        """The vault's own instant."""
        return await self.house.vault.ring.clock()

    async def signer(self) -> Signer:
        """The key that signs now."""
        now, ring = await self.now(), self.house.vault.ring
        return Signer(ring.signing(), str(ring.secret(ring.signing(), now)))

    async def link(self, path: str, *, ago: timedelta = timedelta(0), expires: int = 600) -> str:
        """A link signed `ago` before now."""
        signer, at = await self.signer(), await self.now() - ago
        return sign(signer, f"{self.base}{path}", expires=expires, now=at)

    async def of(self, dialect: Dialect, which: str = "call") -> str:
        """The link that a dialect gives."""
        drive, ours = driver(dialect.name), self.house.ours
        ask = drive.ask(reading(dialect), Subject.of(ours.recordings[which]))
        proof = drive.proof(ours.account.id, ours.keys["all"])
        answer = await self.client.request(
            ask.method, ask.path, params=dict(ask.query), json=ask.body, headers=proof
        )
        url = drive.heard(answer)
        assert url is not None
        return url


@pytest.fixture
async def scene(house: House, served: str) -> AsyncIterator[Scene]:
    async with httpx2.AsyncClient(base_url=served) as client:
        yield Scene(house, served, client)


def key(it: Recording, name: str = "recording.mp3") -> str:
    """Where the plain layout keeps a recording's first media."""
    return f"{it.account}/{it.id}/{it.media[0].id}/{name}"


def path(scene: Scene, which: str = "call") -> str:
    return f"/media/{key(scene.house.ours.recordings[which])}"


def told(answer: httpx2.Response) -> dict[str, str]:
    """The elements of S3's XML error."""
    assert answer.headers["content-type"] == "application/xml"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "Error"
    return {it.tag: it.text or "" for it in root}


LINKING = [it for it in DIALECTS if it.name != "laml"]
every_linking = pytest.mark.parametrize("dialect", LINKING, ids=lambda it: it.name)


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


@pytest.mark.parametrize(
    ("dialect", "seconds"), [("bird", 600), ("bota", 3_600), ("subverse", 3_600), ("relay", 86_400)]
)
async def test_a_link_lives_as_long_as_its_vendor_says(
    dialect: str, seconds: int, scene: Scene
) -> None:
    url = await scene.of(next(it for it in DIALECTS if it.name == dialect))
    assert f"X-Amz-Expires={seconds}&" in url


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
    async with opening(public_urls=HOSTS) as house, serving(house.app) as base:
        async with httpx2.AsyncClient() as client:
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


def s3(scene: Scene, signer: Signer) -> Any:
    """boto3's own client, with the vault in the place of S3."""
    return boto3.client(
        "s3",
        endpoint_url=scene.base,
        aws_access_key_id=signer.key_id,
        aws_secret_access_key=signer.secret,
        region_name=signer.region,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


async def test_boto3_makes_links_that_play(scene: Scene) -> None:
    place = {"Bucket": "media", "Key": key(scene.house.ours.recordings["call"])}
    client = s3(scene, await scene.signer())
    url = client.generate_presigned_url("get_object", Params=place, ExpiresIn=60)
    answer = await scene.client.get(url)
    assert answer.status_code == 200
    assert heard(answer.content).channels == 2


async def test_what_boto3_signs_for_a_method_that_is_not_there_says_which_are(
    scene: Scene,
) -> None:
    place = {"Bucket": "media", "Key": key(scene.house.ours.recordings["call"])}
    client = s3(scene, await scene.signer())
    url = client.generate_presigned_url("delete_object", Params=place, ExpiresIn=60)
    answer = await scene.client.delete(url)
    assert (answer.status_code, told(answer)["Code"]) == (405, "MethodNotAllowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    kept = scene.house.ours.recordings["call"]
    assert await scene.house.vault.recordings.get(scene.house.ours.owner, kept.id) == kept


async def test_a_range_beyond_the_media_says_so(scene: Scene) -> None:
    url = await scene.link(path(scene))
    size = len((await scene.client.get(url)).content)
    answer = await scene.client.get(url, headers={"range": f"bytes={size}-"})
    assert (answer.status_code, told(answer)["Code"]) == (416, "InvalidRange")
    assert answer.headers["content-range"] == f"bytes */{size}"
    unless = await scene.client.get(url, headers={"if-match": '"another"'})
    assert (unless.status_code, told(unless)["Code"]) == (412, "PreconditionFailed")


@every_linking
async def test_requests_downloads_a_link(dialect: Dialect, scene: Scene) -> None:
    url = await scene.of(dialect)
    answer = await asyncio.to_thread(requests.get, url, timeout=20)
    assert answer.status_code == 200
    assert heard(answer.content).seconds == pytest.approx(2.4, abs=0.05)


@every_linking
async def test_curl_downloads_a_link_under_its_own_name(
    dialect: Dialect, scene: Scene, tmp_path: Path
) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl here")
    line = [curl, "--silent", "--show-error", "--fail", "--max-time", "20", "-OJ"]
    ran = await asyncio.to_thread(
        subprocess.run, [*line, await scene.of(dialect)], cwd=tmp_path, capture_output=True
    )
    assert ran.returncode == 0, ran.stderr
    files = [it for it in tmp_path.iterdir() if it.is_file()]
    assert [it.stem for it in files] == ["call"]
    assert heard(files[0].read_bytes()).channels == 2


async def test_a_client_that_follows_birds_redirect_with_its_key_still_plays(
    scene: Scene,
) -> None:
    ours, call = scene.house.ours, scene.house.ours.recordings["call"]
    url = f"{scene.base}/workspaces/{call.account}/recordings/{call.id}.mp3"
    proof = {"authorization": f"AccessKey {ours.keys['all']}"}
    answer = await asyncio.to_thread(requests.get, url, headers=proof, timeout=20)
    assert [it.status_code for it in answer.history] == [307]
    assert answer.request.headers["authorization"] == proof["authorization"]
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")
