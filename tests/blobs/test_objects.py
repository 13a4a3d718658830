"""The object store's own promises: whatever the wire does, a blob is whole or it is not there."""

import hashlib
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from blobs.stores import content, listed, new_key, pieces, place_in, writer
from dictabelt.blobs.objects import ObjectBlobs
from dictabelt.blobs.places import Patience, Place
from dictabelt.core.errors import Conflict, NotFound, StorageFailed
from dictabelt.core.ports import Stored
from faults import FAULTS, Fault, Proxy, proxied, reset_after
from seaweed import Bucket

MIB = 1 << 20
LARGE = 9 * MIB + 17


@pytest.fixture
async def proxy(bucket: Bucket) -> AsyncIterator[Proxy]:
    async with proxied(bucket.port) as made:
        yield made


@pytest.fixture
async def blobs(bucket: Bucket, proxy: Proxy, tmp_path: Path) -> ObjectBlobs:
    store = ObjectBlobs(place_in(bucket, endpoint=proxy.endpoint), tmp_path / "spool")
    await store.prepare()
    proxy.asked.clear()
    return store


def stored(data: bytes) -> Stored:
    return Stored(len(data), hashlib.sha256(data).hexdigest())


async def test_small_takes_one_request(blobs: ObjectBlobs, proxy: Proxy) -> None:
    await blobs.put(new_key(), pieces(bytes(MIB)))
    assert [it.split()[0] for it in proxy.asked] == ["PUT"]


async def test_a_source_that_breaks_takes_its_parts_back(blobs: ObjectBlobs, proxy: Proxy) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield bytes(MIB)
        raise ConnectionResetError("the client went away")

    with pytest.raises(ConnectionResetError):
        await blobs.put(new_key(), breaking())
    assert any(it.startswith("DELETE ") for it in proxy.asked)


Work = Callable[[ObjectBlobs, str, bytes], Coroutine[Any, Any, bytes]]


async def put(store: ObjectBlobs, key: str, data: bytes) -> bytes:
    await store.put(key, pieces(*(data[at : at + MIB] for at in range(0, len(data), MIB))))
    return data


async def fill(store: ObjectBlobs, key: str, data: bytes) -> bytes:
    await store.fill(key, writer(data))
    return data


async def grow(store: ObjectBlobs, key: str, data: bytes) -> bytes:
    growing = store.grow(key, writer(data))
    await growing.stored()
    return data


async def read(store: ObjectBlobs, key: str, data: bytes) -> bytes:
    blob = await store.open(key)
    try:
        got = [await blob.read(at, MIB // 4) for at in range(0, len(data), MIB // 4)]
    finally:
        await blob.close()
    return b"".join(got)


async def local(store: ObjectBlobs, key: str, data: bytes) -> bytes:
    async with store.local(key) as path:
        return path.read_bytes()


def only(number: int) -> Callable[[int], bool]:
    return lambda count: count == number


def since(number: int) -> Callable[[int], bool]:
    return lambda count: count >= number


async def every_failure(
    store: ObjectBlobs,
    proxy: Proxy,
    tried: tuple[Work, int, bool],
    *,
    fault: Fault,
    spoils: Callable[[int], Callable[[int], bool]],
) -> list[str]:
    """What came of the work with its n-th request spoiled, n = 1 until none was."""
    work, size, there = tried
    came: list[str] = []
    while True:
        key, data = new_key(), random.randbytes(size)
        if there:
            await store.put(key, pieces(data))
        proxy.spoil(fault, spoils(len(came) + 1))
        try:
            assert await work(store, key, data) == data
            came.append("whole")
        except StorageFailed as refused:
            came.append(str(refused))
        count = len(proxy.asked)
        proxy.spoil(fault, lambda _: False)
        kept = key in await listed(store)
        assert kept or (came[-1] != "whole" and not there)
        if kept:
            assert await content(store, key) == data
        if count < len(came):
            assert came[-1] == "whole"
            return came
        assert len(came) < 50


WORK: Mapping[str, tuple[Work, int, bool]] = {
    "put small": (put, 100_000, False),
    "put large": (put, LARGE, False),
    "fill": (fill, 100_000, False),
    "fill large": (fill, LARGE, False),
    "grow": (grow, 100_000, False),
    "read": (read, 3 * MIB, True),
    "local": (local, 3 * MIB, True),
}
QUICK = {
    *[(work, "busy") for work in ("put small", "fill", "grow", "local")],
    *[(work, fault) for work in ("put large", "read") for fault in ("reset after", "truncate")],
    ("put small", "stall"),
}
MATRIX = [
    pytest.param(work, fault, marks=[] if (work, fault) in QUICK else [pytest.mark.slow])
    for work in WORK
    for fault in FAULTS
]
IMPATIENT = Patience(retries=0, silence=timedelta(seconds=1))


@pytest.mark.parametrize(("work", "fault"), MATRIX)
async def test_every_request_that_fails_ends_in_an_error_or_the_whole(
    bucket: Bucket, proxy: Proxy, tmp_path: Path, work: str, fault: str
) -> None:
    place = place_in(bucket, endpoint=proxy.endpoint, patience=IMPATIENT)
    store = ObjectBlobs(place, tmp_path / "spool")
    await store.prepare()
    for spoils in (only, since):
        await every_failure(store, proxy, WORK[work], fault=FAULTS[fault], spoils=spoils)
    assert list((tmp_path / "spool").iterdir()) == []


async def test_a_lost_answer_is_asked_for_again(blobs: ObjectBlobs, proxy: Proxy) -> None:
    proxy.spoil(reset_after, only(1))
    key = new_key()
    assert await blobs.put(key, pieces(b"once")) == stored(b"once")
    assert [it.split()[0] for it in proxy.asked] == ["PUT", "PUT", "HEAD"]
    assert await content(blobs, key) == b"once"


async def test_large_bytes_are_sent_in_parts_and_looked_at(
    blobs: ObjectBlobs, proxy: Proxy
) -> None:
    key, data = new_key(), random.randbytes(LARGE)
    assert await blobs.put(key, pieces(data)) == stored(data)
    methods = [it.split()[0] for it in proxy.asked]
    assert sorted(methods) == ["HEAD", "HEAD", "POST", "POST", "PUT", "PUT"]
    with pytest.raises(Conflict):
        await blobs.put(key, pieces(data[::-1]))
    assert await content(blobs, key) == data


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "s3://nowhere/x"}, "no such bucket"),
        ({"endpoint": "http://127.0.0.1:1"}, "cannot be reached"),
    ],
)
async def test_a_store_that_cannot_be_used_says_the_fix(
    bucket: Bucket, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    place = replace(place_in(bucket, patience=IMPATIENT), **changes)
    store = ObjectBlobs(place, tmp_path / "spool")
    with pytest.raises(StorageFailed, match=words):
        await store.prepare()
    with pytest.raises(StorageFailed, match=words):
        await store.open(new_key())
    with pytest.raises(StorageFailed, match=words):
        await listed(store)


@pytest.mark.parametrize(
    ("name", "words"),
    [("AWS_SECRET_ACCESS_KEY", "secret key is wrong"), ("AWS_ACCESS_KEY_ID", "not know")],
)
async def test_credentials_that_are_wrong_are_told(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.setenv(name, "another")
    store = ObjectBlobs(place_in(bucket), tmp_path / "spool")
    with pytest.raises(StorageFailed, match=words) as refused:
        await store.put(new_key(), pieces(b"x"))
    assert "127.0.0.1" not in str(refused.value)


@pytest.mark.parametrize("url", ["s3://", "s3://b?x=1", "http://b/x", "s3://b/../x", "s3:/b", "b"])
def test_what_is_no_place_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="s3://bucket/prefix"):
        ObjectBlobs(Place(url), tmp_path)


async def test_one_who_reads_on_asks_ahead(blobs: ObjectBlobs, proxy: Proxy) -> None:
    key, data = new_key(), random.randbytes(5 * MIB)
    await blobs.put(key, pieces(data))
    proxy.asked.clear()
    assert await read(blobs, key, data) == data
    assert len(proxy.asked) == 1 + 1 + 5  # size, the first piece, then a MiB at a time


async def test_one_who_jumps_gets_what_was_asked_for(blobs: ObjectBlobs, proxy: Proxy) -> None:
    key, data = new_key(), random.randbytes(3 * MIB)
    await blobs.put(key, pieces(data))
    blob = await blobs.open(key)
    proxy.asked.clear()
    for offset in (2 * MIB, 10, MIB, 2 * MIB + 5000, 500):
        assert await blob.read(offset, 100) == data[offset : offset + 100]
    await blob.close()
    assert len(proxy.asked) == 5


async def test_bytes_that_go_while_they_are_read_are_an_error(blobs: ObjectBlobs) -> None:
    key = new_key()
    await blobs.put(key, pieces(b"gone"))
    blob = await blobs.open(key)
    await blobs.delete(key)
    with pytest.raises(NotFound, match="deleted"):
        await blob.read(0, 4)
    await blob.close()


async def test_a_copy_to_work_on_is_there_as_long_as_the_work(
    blobs: ObjectBlobs, tmp_path: Path
) -> None:
    key = new_key()
    await blobs.put(key, pieces(b"x" * 10))
    async with blobs.local(key) as path:
        assert [path] == list((tmp_path / "spool").iterdir())
    assert list((tmp_path / "spool").iterdir()) == []


async def test_others_of_the_bucket_are_not_ours(bucket: Bucket, tmp_path: Path) -> None:
    place = place_in(bucket)
    one = ObjectBlobs(place, tmp_path / "one")
    near = ObjectBlobs(replace(place, url=place.url + "-2"), tmp_path / "two")
    for store in (one, near):
        await store.prepare()
    await near.put("a/b", pieces(b"theirs"))
    await one.put("a/c", pieces(b"ours"))
    assert await listed(one) == ["a/c"]
    assert await listed(near) == ["a/b"]
