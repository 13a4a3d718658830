"""Azure and Google: what every blob store promises, in short, and what is theirs alone."""

import json
import random
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import azurite
from azurite import Container
from blobs.stores import Home, content, listed, new_key, pieces, place_in
from blobs.test_objects import IMPATIENT, LARGE, MIB, WORK, every_failure, only, since, stored
from dictabelt.blobs.objects import ObjectBlobs
from dictabelt.blobs.places import Place, client_of, refuse_misplaced, refuse_path, refuse_unfit
from dictabelt.core.errors import Conflict, NotFound, StorageFailed
from faults import FAULTS, Proxy, proxied, reset_after
from google_bucket import GoogleBucket
from seaweed import NotHere

CLOUDS = ("container", "google")


@pytest.fixture(params=CLOUDS)
def cloud(request: pytest.FixtureRequest) -> Home:
    home: Home = request.getfixturevalue(request.param)
    return home


@pytest.fixture
async def proxy(cloud: Home) -> AsyncIterator[Proxy]:
    """Before the cloud; its `endpoint` is that of a place there."""
    origin = "/".join(cloud.endpoint.split("/")[:3])
    async with proxied(int(origin.rpartition(":")[2])) as made:
        made.endpoint += cloud.endpoint.removeprefix(origin)
        yield made


@pytest.fixture
async def blobs(cloud: Home, proxy: Proxy, tmp_path: Path) -> ObjectBlobs:
    store = ObjectBlobs(place_in(cloud, endpoint=proxy.endpoint), tmp_path / "spool")
    await store.prepare()
    proxy.asked.clear()
    return store


@pytest.mark.parametrize("size", [0, 1000, LARGE], ids=["nothing", "one request", "parts"])
async def test_what_is_put_is_read_listed_kept_and_deleted(blobs: ObjectBlobs, size: int) -> None:
    key, data = new_key(), random.randbytes(size)
    assert await blobs.put(key, pieces(*(data[at : at + MIB] for at in range(0, size, MIB)))) == (
        stored(data)
    )
    assert await content(blobs, key) == data
    blob = await blobs.open(key)
    assert await blob.read(size // 2, 100) == data[size // 2 :][:100]
    await blob.close()
    with pytest.raises(Conflict):
        await blobs.put(key, pieces(data + b"!"))
    assert await listed(blobs) == [key]
    for _ in range(2):
        await blobs.delete(key)
    with pytest.raises(NotFound):
        await blobs.open(key)


async def test_a_lost_answer_is_asked_for_again(blobs: ObjectBlobs, proxy: Proxy) -> None:
    proxy.spoil(reset_after, only(1))
    key = new_key()
    assert await blobs.put(key, pieces(b"once")) == stored(b"once")
    assert [it.split()[0] for it in proxy.asked] == ["PUT", "PUT", "HEAD"]
    assert await content(blobs, key) == b"once"


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("work", WORK)
async def test_every_request_that_fails_ends_in_an_error_or_the_whole(
    cloud: Home, proxy: Proxy, tmp_path: Path, work: str, fault: str
) -> None:
    patience = replace(IMPATIENT, silence=timedelta(seconds=2))
    place = place_in(cloud, endpoint=proxy.endpoint, patience=patience)
    store = ObjectBlobs(place, tmp_path / "spool")
    await store.prepare()
    for spoils in (only, since):
        await every_failure(store, proxy, WORK[work], fault=FAULTS[fault], spoils=spoils)
    assert list((tmp_path / "spool").iterdir()) == []


async def refusal(place: Place, folder: Path) -> str:
    """What the owner is told of a place that cannot be used."""
    with pytest.raises(StorageFailed) as refused:
        await ObjectBlobs(replace(place, patience=IMPATIENT), folder / "spool").prepare()
    return str(refused.value)


async def test_a_place_that_is_not_there_says_the_fix(cloud: Home, tmp_path: Path) -> None:
    place = place_in(cloud)
    elsewhere = place.url.replace("vault", "nowhere")
    assert "there is no such" in await refusal(replace(place, url=elsewhere), tmp_path)
    away = replace(place, endpoint="http://127.0.0.1:1")
    assert "blobs_endpoint" in await refusal(away, tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("AZURE_STORAGE_ACCOUNT_KEY", "b3RoZXI=", "set AZURE_STORAGE_ACCOUNT_KEY to a key"),
        ("AZURE_STORAGE_ACCOUNT_KEY", "?", "AZURE_STORAGE_ACCOUNT_KEY is no key"),
        ("AZURE_STORAGE_ACCOUNT_NAME", None, "in AZURE_STORAGE_ACCOUNT_NAME"),
    ],
)
async def test_credentials_of_azure_that_are_wrong_are_told(
    container: Container,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str | None,
    words: str,
) -> None:
    monkeypatch.delenv(name)
    if value is not None:
        monkeypatch.setenv(name, value)
    told = await refusal(place_in(container), tmp_path)
    assert words in told
    assert container.key not in told


async def test_an_account_of_azure_that_is_not_there_is_told(
    container: Container, tmp_path: Path
) -> None:
    place = place_in(container, endpoint=container.endpoint.replace("/tester", "/other"))
    assert "AZURE_STORAGE_ACCOUNT_NAME" in await refusal(place, tmp_path)
    place = replace(place_in(container), url="az://No_Such")
    assert "small letters" in await refusal(place, tmp_path)


@pytest.mark.parametrize("text", [None, "{", '{"type": "service_account"}'])
def test_a_key_file_of_google_that_is_none_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    file = tmp_path / "key.json"
    if text is not None:
        file.write_text(text)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    with pytest.raises(StorageFailed, match="GOOGLE_APPLICATION_CREDENTIALS"):
        client_of(Place("gs://vault"))


async def test_another_key_of_google_is_refused(
    google: GoogleBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "key.json"
    known = json.loads(google.key_file.read_text())
    other.write_text(json.dumps({**known, "client_email": "someone@else"}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(other))
    assert "refuses the vault's credentials" in await refusal(place_in(google), tmp_path)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place("gs://vault", kms_key="k"), "blobs_kms_key: .* Google encrypts"),
        (Place("az://vault", encryption="AES256"), "blobs_encryption: .* Azure encrypts"),
        (Place("az://vault", virtual_hosted=True), "blobs_virtual_hosted: "),
    ],
)
def test_what_is_another_stores_is_refused(place: Place, words: str) -> None:
    refuse_unfit(place)
    with pytest.raises(ValueError, match=words):
        refuse_misplaced(place)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place("s3://vault", kms_key="k"), "blobs_kms_key: needs blobs_encryption to be aws:kms"),
        (Place("s3://vault", kms_key="k", encryption="AES256"), "blobs_kms_key: needs"),
        (Place("s3://vault", region="eu central 1"), "AWS_REGION: needs the form"),
    ],
)
def test_what_s3_would_leave_undone_is_refused(place: Place, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        refuse_unfit(place)


@pytest.mark.parametrize("url", ["s3://vault", "gs://vault/pre"])
def test_only_azure_has_a_path_before_the_container(url: str) -> None:
    refuse_path(Place(url), "https://x.example")
    refuse_path(Place("az://vault"), "http://127.0.0.1:10000/account")
    with pytest.raises(ValueError, match=r"only that of az:// may have a path"):
        refuse_path(Place(url), "https://x.example/y")


@pytest.mark.parametrize("url", ["s3://va\nult", "s3://vault\n", "gs://vault\t/pre", "az://["])
def test_a_place_is_in_one_line(url: str) -> None:
    with pytest.raises(ValueError, match=r"needs the form|IPv6"):
        client_of(Place(url))


def test_what_a_store_does_is_not_refused() -> None:
    for place in (
        Place("s3://vault", "https://x.example", encryption="aws:kms", kms_key="k"),
        Place("s3://vault", encryption="aws:kms:dsse", kms_key="k", region="RegionOne"),
        Place("s3://vault", encryption="AES256"),
        Place("az://vault", "http://127.0.0.1:10000/account"),
    ):
        refuse_misplaced(place)
        refuse_unfit(place)


def test_an_azurite_that_does_not_start_is_no_reason_to_skip(tmp_path: Path) -> None:
    failed = pytest.raises(ChildProcessError, match="did not start")
    with failed, azurite.running(tmp_path / "az", sys.executable):
        pass
    with pytest.raises(NotHere), azurite.running(tmp_path / "none", None):
        pass
