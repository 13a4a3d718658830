"""Clients of every sort that make, follow and download signed links."""

import asyncio
import shutil
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

from dictabelt.http.dialect import Dialect
from dictabelt.http.sigv4 import Signer
from hearing import heard
from linking import Scene, every_linking, key, told


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


@every_linking
async def test_requests_downloads_a_link(dialect: Dialect, scene: Scene) -> None:
    url = await scene.of(dialect)
    answer = await asyncio.to_thread(requests.get, url, timeout=20)
    assert answer.status_code == 200
    assert heard(answer.content).seconds == pytest.approx(2.4, abs=0.05)


def only_file(folder: Path, stem: str) -> bytes:
    """Content of the one file in the folder, which must bear that name."""
    files = [it for it in folder.iterdir() if it.is_file()]
    assert [it.stem for it in files] == [stem]
    return files[0].read_bytes()


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
    assert heard(only_file(tmp_path, "call")).channels == 2


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
