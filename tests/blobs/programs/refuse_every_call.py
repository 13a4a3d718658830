"""Fails the n-th call of every kind during a put, a fill and a delete, n = 1 until a run is clean.

Usage: refuse_every_call.py FOLDER, with refusing.c preloaded. Says how many were refused.
"""

import asyncio
import ctypes
import errno
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import BinaryIO

from blobs.stores import content, listed, pieces, there, writer
from dictabelt.blobs.files import FileBlobs
from dictabelt.core.errors import StorageFailed

WRITES = (("write", errno.ENOSPC), ("write", errno.EIO))
CALLS = (
    *WRITES,
    *(("open", errno.ENOSPC), ("fsync", errno.EIO), ("link", errno.ENOSPC)),
    *(("unlink", errno.EIO), ("mkdir", errno.ENOSPC)),
)
NEW = ("a/b/c", "a", "a/b", "a/b/c")
PARTS = (b"first" * 210_000, b"second" * 180_000, b"third")
DATA = b"".join(PARTS)
FAR = datetime(2100, 1, 1, tzinfo=UTC)

Work = Callable[[FileBlobs], Awaitable[object]]
libc = ctypes.CDLL(None)


async def put(store: FileBlobs) -> None:
    await store.put("a/b/c", pieces(*PARTS))


async def fill(store: FileBlobs) -> None:
    await store.fill("a/b/c", writer(DATA))


async def fill_swallowing(store: FileBlobs) -> None:
    """An encoder that takes no notice of a refusal."""

    def write(file: BinaryIO) -> None:
        for part in PARTS:
            with suppress(StorageFailed):
                file.write(part)

    await store.fill("a/b/c", write)


async def fill_disguising(store: FileBlobs) -> None:
    """An encoder that makes a refusal an error of its own."""

    def write(file: BinaryIO) -> None:
        for part in PARTS:
            try:
                file.write(part)
            except StorageFailed as failure:
                raise RuntimeError("the encoder broke") from failure

    await store.fill("a/b/c", write)


async def delete(store: FileBlobs) -> None:
    await store.delete("kept/x")


async def refusal(work: Work, store: FileBlobs) -> StorageFailed | None:
    try:
        await work(store)
    except StorageFailed as failure:
        return failure
    return None


def open_descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def disarmed() -> int:
    """How many of the armed calls were made."""
    made = int(libc.calls())
    libc.arm(b"none", 0, 0)
    return made


async def after(store: FileBlobs, work: Work, failure: StorageFailed | None) -> None:
    """What must hold after `work`, refused or not; the disk is well again."""
    if work is delete:
        assert failure is not None or not await there(store, "kept/x")
        await store.delete("kept/x")
        assert await listed(store) == []
        return
    assert await content(store, "kept/x") == b"x"
    assert await there(store, "a/b/c") == (failure is None)
    if failure is not None:
        await work(store)
    assert await content(store, "a/b/c") == DATA
    assert await listed(store) == ["a/b/c", "kept/x"]


async def run(folder: Path, work: Work, call: str, error: int) -> int:
    """How many times `work` was refused before `call` had no more chance to fail."""
    refused = 0
    for nth in count(1):
        root = folder / f"{work.__name__}-{call}-{error}-{nth}"
        store = FileBlobs(root)
        await store.prepare()
        await store.put("kept/x", pieces(b"x"))
        descriptors = open_descriptors()
        libc.arm(call.encode(), nth, error)
        failure = await refusal(work, store)
        made = disarmed()
        assert open_descriptors() == descriptors
        left = list((root / "incoming").iterdir())
        assert not left or call == "unlink"
        assert failure is None or str(root) not in str(failure)
        refused += failure is not None
        if call == "fsync" and failure:
            assert made == nth, "nothing is synced after a failed fsync"
            assert work is delete or not (root / NEW[nth - 1]).exists()
        await after(store, work, failure)
        await store.sweep(before=FAR)
        assert not list((root / "incoming").iterdir())
        if made < nth:
            return refused
    raise AssertionError


async def main(folder: Path) -> None:
    works = {put: CALLS, fill: CALLS, delete: CALLS}
    for work, calls in (works | {fill_swallowing: WRITES, fill_disguising: WRITES}).items():
        for call, error in calls:
            print(work.__name__, call, await run(folder, work, call, error))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
