"""What every blob store promises; a new store joins in `stores.py`."""

import asyncio
import hashlib
import random
import threading
import tracemalloc
from collections.abc import AsyncIterator
from random import Random
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blobs.stores import Store, content, listed, new_key, pieces, there, writer
from dictabelt.blobs.objects import ObjectBlobs
from dictabelt.core.errors import Conflict, NotFound
from dictabelt.core.ports import Stored

MIB = 1 << 20
PROPERTY = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
PARTS = st.lists(
    st.binary(max_size=50) | st.integers(0, 2 * MIB).map(lambda n: Random(n).randbytes(n))
)
BAD_KEYS = [
    *("", "/", "/etc/passwd", "a//b", "a/", "../a", "a/../b", "a/..", ".", "a/./b", ".hidden"),
    *(
        "A/b",
        "a b",
        "a\\b",
        "a\0b",
        "a\n",
        "ü",
        "incoming",
        "incoming/a",
        "a" * 101,
        "a/" * 8 + "a",
    ),
]


def stored(data: bytes) -> Stored:
    return Stored(len(data), hashlib.sha256(data).hexdigest())


@PROPERTY
@given(parts=PARTS)
async def test_what_is_put_in_any_pieces_is_what_is_read(store: Store, parts: list[bytes]) -> None:
    key = new_key()
    assert await store.put(key, pieces(*parts)) == stored(b"".join(parts))
    assert await content(store, key) == b"".join(parts)


@PROPERTY
@given(parts=PARTS)
async def test_what_is_filled_in_any_pieces_is_what_is_read(
    store: Store, parts: list[bytes]
) -> None:
    key = new_key()

    def write(file: BinaryIO) -> None:
        for part in parts:
            assert file.write(part) == len(part)
        assert file.tell() == sum(map(len, parts))

    assert await store.fill(key, write) == stored(b"".join(parts))
    assert await content(store, key) == b"".join(parts)


async def test_nothing_at_all_can_be_kept(store: Store) -> None:
    key = new_key()
    assert await store.put(key, pieces()) == stored(b"")
    assert await content(store, key) == b""


async def test_a_range_is_that_slice_of_the_bytes(store: Store) -> None:
    key, data = new_key(), random.randbytes(MIB + 17)
    await store.put(key, pieces(data))
    blob = await store.open(key)
    try:
        assert blob.size == len(data)
        ends = (0, 1, 4095, 4096, 262_144, 262_145, MIB, len(data) - 1, len(data), len(data) + 9)
        for offset in ends:
            for length in ends:
                assert await blob.read(offset, length) == data[offset : offset + length]
    finally:
        await blob.close()


async def test_many_readers_share_one_blob(store: Store) -> None:
    key, data = new_key(), random.randbytes(3 * MIB)
    await store.put(key, pieces(data))
    blob = await store.open(key)
    starts = range(0, len(data), 300_000)
    try:
        read = await asyncio.gather(*(blob.read(start, 300_000) for start in starts))
    finally:
        await blob.close()
    assert b"".join(read) == data


async def test_closing_twice_is_closing(store: Store) -> None:
    key = new_key()
    await store.put(key, pieces(b"x"))
    blob = await store.open(key)
    await blob.close()
    await blob.close()
    with pytest.raises(ValueError, match="closed"):
        await blob.read(0, 1)


async def test_local_is_a_path_with_the_bytes(store: Store) -> None:
    key, data = new_key(), random.randbytes(MIB)
    await store.put(key, pieces(data))
    async with store.local(key) as path:
        assert path.read_bytes() == data


async def test_a_missing_key_is_not_found(store: Store) -> None:
    await store.put(new_key(), pieces(b"another"))
    missing = new_key()
    with pytest.raises(NotFound):
        await store.open(missing)
    with pytest.raises(NotFound):
        async with store.local(missing):
            pass


async def test_part_of_a_key_is_not_found(store: Store) -> None:
    await store.put("3f/aa/bb", pieces(b"x"))
    for part in ("3f", "3f/aa", "3f/aa/bb/cc"):
        assert not await there(store, part)
        await store.delete(part)
        with pytest.raises(NotFound):
            async with store.local(part):
                pass
    assert await content(store, "3f/aa/bb") == b"x"


async def test_a_deleted_key_is_gone_and_the_others_stay(store: Store) -> None:
    gone, other = new_key(), new_key()
    for key in (gone, other):
        await store.put(key, pieces(b"x"))
    await store.delete(gone)
    await store.delete(gone)
    await store.delete(new_key())
    assert await listed(store) == [other]
    assert not await there(store, gone)


async def test_a_deleted_key_can_be_put_again(store: Store) -> None:
    key = new_key()
    await store.put(key, pieces(b"first"))
    await store.delete(key)
    await store.put(key, pieces(b"second"))
    assert await content(store, key) == b"second"


async def test_kept_bytes_never_change(store: Store) -> None:
    key = new_key()
    await store.put(key, pieces(b"first"))
    with pytest.raises(Conflict):
        await store.put(key, pieces(b"second"))
    with pytest.raises(Conflict):
        await store.fill(key, writer(b"third"))
    assert await content(store, key) == b"first"


async def test_of_two_puts_of_one_key_one_wins(store: Store) -> None:
    key = new_key()
    bodies = [bytes([number]) * 100_000 for number in range(8)]
    puts = (store.put(key, pieces(body)) for body in bodies)
    results = await asyncio.gather(*puts, return_exceptions=True)
    won = [body for body, result in zip(bodies, results, strict=True) if result == stored(body)]
    assert [await content(store, key)] == won
    assert sum(isinstance(result, Conflict) for result in results) == 7


async def test_fifty_puts_at_once_are_all_kept(store: Store) -> None:
    bodies = {new_key(): random.randbytes(random.randrange(MIB)) for _ in range(50)}
    await asyncio.gather(*(store.put(key, pieces(data)) for key, data in bodies.items()))
    assert await listed(store) == sorted(bodies)
    for key, data in bodies.items():
        assert await content(store, key) == data


async def test_a_source_that_breaks_leaves_nothing(store: Store) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield bytes(2 * MIB)
        raise ConnectionResetError("the client went away")

    key = new_key()
    with pytest.raises(ConnectionResetError):
        await store.put(key, breaking())
    assert not await there(store, key)
    assert await listed(store) == []
    await store.put(key, pieces(b"again"))
    assert await content(store, key) == b"again"


async def test_a_writer_that_breaks_leaves_nothing(store: Store) -> None:
    def write(file: BinaryIO) -> None:
        file.write(bytes(2 * MIB))
        raise RuntimeError("the encoder broke")

    key = new_key()
    with pytest.raises(RuntimeError, match="the encoder broke"):
        await store.fill(key, write)
    assert not await there(store, key)
    assert await listed(store) == []


async def test_a_cancelled_put_leaves_nothing(store: Store) -> None:
    waiting = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield bytes(2 * MIB)
        waiting.set()
        await asyncio.Event().wait()

    key = new_key()
    put = asyncio.create_task(store.put(key, slow()))
    async with asyncio.timeout(30):
        await waiting.wait()
        put.cancel()
        with pytest.raises(asyncio.CancelledError):
            await put
    assert not await there(store, key)
    assert await listed(store) == []


async def test_a_cancelled_fill_stops_its_writer_first(store: Store) -> None:
    loop, writing = asyncio.get_running_loop(), asyncio.Event()
    ended = threading.Event()
    finished = threading.Event()

    def write(file: BinaryIO) -> None:
        try:
            for _ in range(20_000):
                file.write(bytes(4096))
                loop.call_soon_threadsafe(writing.set)
            finished.set()
        finally:
            ended.set()

    key = new_key()
    fill = asyncio.create_task(store.fill(key, write))
    async with asyncio.timeout(30):
        await writing.wait()
        fill.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fill
    assert ended.is_set()
    assert not finished.is_set()
    assert not await there(store, key)
    assert await listed(store) == []


async def test_a_put_cancelled_anywhere_is_kept_whole_or_not_at_all(store: Store) -> None:
    data = random.randbytes(100_000)
    for steps in range(0, 600, 15):
        key = new_key()
        put = asyncio.create_task(store.put(key, pieces(data[:500], data[500:])))
        for _ in range(steps):
            await asyncio.sleep(0)  # one turn of the loop
        put.cancel()
        try:
            await put
        except asyncio.CancelledError:
            assert not await there(store, key)
        else:
            assert await content(store, key) == data


@pytest.mark.parametrize("key", BAD_KEYS)
async def test_a_bad_key_is_refused_everywhere(store: Store, key: str) -> None:
    with pytest.raises(ValueError, match="not a blob key"):
        await store.put(key, pieces(b"x"))
    with pytest.raises(ValueError, match="not a blob key"):
        await store.fill(key, writer(b"x"))
    with pytest.raises(ValueError, match="not a blob key"):
        await store.open(key)
    with pytest.raises(ValueError, match="not a blob key"):
        await store.delete(key)
    with pytest.raises(ValueError, match="not a blob key"):
        async with store.local(key):
            pass
    assert await listed(store) == []


async def test_keys_lists_all_and_nothing_else(store: Store) -> None:
    kept = sorted([*(new_key() for _ in range(20)), "top", "deep/er/still.wav"])
    for key in kept:
        await store.put(key, pieces(b"x"))
    assert await listed(store) == kept


async def test_a_large_put_stays_small_in_memory(store: Store) -> None:
    # an object store takes parts of 8 MiB, three at once
    most = 40 if isinstance(store, ObjectBlobs) else 8

    async def large() -> AsyncIterator[bytes]:
        for _ in range(1024):
            yield bytes(64 * 1024)

    tracemalloc.start()
    try:
        assert (await store.put(new_key(), large())).size == 64 * MIB
        assert tracemalloc.get_traced_memory()[1] < most * MIB
    finally:
        tracemalloc.stop()
