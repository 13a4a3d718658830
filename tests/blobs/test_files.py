"""The file store's own promises: what is on the disk, and what it says when it may not be there."""

import asyncio
import fcntl
import os
import random
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from io import UnsupportedOperation
from pathlib import Path
from typing import BinaryIO

import pytest

from blobs.stores import content, listed, new_key, pieces, writer
from dictabelt.blobs.files import FileBlobs
from dictabelt.core.errors import NotFound, StorageFailed

FAR = datetime(2100, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
async def root(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
async def blobs(root: Path) -> FileBlobs:
    store = FileBlobs(root)
    await store.prepare()
    return store


def left_in(root: Path) -> list[Path]:
    return list((root / "incoming").iterdir())


async def test_a_kept_file_is_for_the_vault_alone(blobs: FileBlobs, root: Path) -> None:
    await blobs.put("3f/aa/bb", pieces(b"x"))
    modes = [stat.S_IMODE((root / part).stat().st_mode) for part in ("3f/aa/bb", "3f/aa", "3f")]
    assert modes == [0o600, 0o700, 0o700]
    assert (root / "3f/aa/bb").stat().st_nlink == 1


async def test_preparing_twice_leaves_nothing(blobs: FileBlobs, root: Path) -> None:
    await blobs.prepare()
    assert left_in(root) == []
    assert await listed(blobs) == []


@pytest.mark.parametrize("size", [0, 10, 3 << 20])
async def test_nothing_is_left_aside(blobs: FileBlobs, root: Path, size: int) -> None:
    await blobs.put("a/b", pieces(bytes(size)))
    await blobs.fill("a/c", writer(bytes(size)))
    assert left_in(root) == []


async def test_nothing_is_left_aside_by_a_put_cancelled_anywhere(
    blobs: FileBlobs, root: Path
) -> None:
    for steps in range(0, 600, 15):
        put = asyncio.create_task(blobs.put(new_key(), pieces(bytes(1 << 20), bytes(10))))
        for _ in range(steps):
            await asyncio.sleep(0)  # one turn of the loop
        put.cancel()
        await asyncio.wait((put,))
        assert left_in(root) == []


def open_descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def divide_by_zero(file: BinaryIO) -> None:
    file.write(bytes(1 // 0))


async def test_no_descriptor_is_left_open(blobs: FileBlobs) -> None:
    async def every_way() -> None:
        key = new_key()
        await blobs.put(key, pieces(bytes(2 << 20)))
        assert len(await content(blobs, key)) == 2 << 20
        with pytest.raises(NotFound):
            await blobs.open(new_key())
        with pytest.raises(ZeroDivisionError):
            await blobs.fill(new_key(), divide_by_zero)
        await blobs.delete(key)

    await every_way()
    before = open_descriptors()
    for _ in range(5):
        await every_way()
    assert open_descriptors() == before


async def test_an_open_blob_outlives_its_key(blobs: FileBlobs) -> None:
    await blobs.put("a/b", pieces(b"still here"))
    blob = await blobs.open("a/b")
    await blobs.delete("a/b")
    assert await blob.read(0, 100) == b"still here"
    await blob.close()


async def test_a_file_cut_short_is_never_served_as_whole(blobs: FileBlobs, root: Path) -> None:
    await blobs.put("a/b", pieces(bytes(10_000)))
    blob = await blobs.open("a/b")
    os.truncate(root / "a/b", 5_000)
    with pytest.raises(StorageFailed, match="shorter"):
        await blob.read(0, 10_000)
    await blob.close()


async def test_closing_waits_for_a_read_under_way(blobs: FileBlobs) -> None:
    data = random.randbytes(5 << 20)
    await blobs.put("a/b", pieces(data))
    blob = await blobs.open("a/b")
    read = asyncio.create_task(blob.read(0, len(data)))
    await asyncio.sleep(0)  # one turn of the loop: the read is in its thread
    await blob.close()
    assert await read == data


async def test_a_warm_read_does_not_suspend(blobs: FileBlobs) -> None:
    if not hasattr(os, "RWF_NOWAIT"):
        pytest.skip("this system has no RWF_NOWAIT")
    data = random.randbytes(300_000)
    await blobs.put("a/b", pieces(data))
    blob = await blobs.open("a/b")
    reading = blob.read(1000, 256 * 1024)
    with pytest.raises(StopIteration) as end:
        reading.send(None)
    assert end.value.value == data[1000 : 1000 + 256 * 1024]
    await blob.close()


async def test_a_cold_read_is_the_same_bytes(blobs: FileBlobs, root: Path) -> None:
    data = random.randbytes(1 << 20)
    await blobs.put("a/b", pieces(data))
    blob = await blobs.open("a/b")
    for offset in range(0, len(data), 100_000):
        with (root / "a/b").open("rb") as file:
            if hasattr(os, "posix_fadvise"):
                # every other stretch leaves the page cache, so reads begin warm and end cold
                os.posix_fadvise(file.fileno(), offset + 50_000, 50_000, os.POSIX_FADV_DONTNEED)
        assert await blob.read(offset, 100_000) == data[offset : offset + 100_000]
    await blob.close()


async def test_the_writers_file_appends_only(blobs: FileBlobs) -> None:
    def write(file: BinaryIO) -> None:
        with file:
            assert (file.readable(), file.writable(), file.seekable()) == (False, True, False)
            file.write(b"x")
            file.flush()
            with pytest.raises(UnsupportedOperation):
                file.seek(0)

    assert (await blobs.fill("a/b", write)).size == 1


async def test_a_folder_taken_away_is_made_again(blobs: FileBlobs, root: Path) -> None:
    await blobs.put("3f/aa/bb", pieces(b"x"))
    shutil.rmtree(root / "3f")
    await blobs.put("3f/aa/cc", pieces(b"y"))
    assert await listed(blobs) == ["3f/aa/cc"]


async def test_keys_passes_over_what_is_not_ours(blobs: FileBlobs, root: Path) -> None:
    await blobs.put("a/b", pieces(b"x"))
    (root / "lost+found").mkdir()
    (root / "lost+found" / "c").touch()
    (root / ".DS_Store").touch()
    (root / "incoming" / "half").touch()
    (root / "a" / "link").symlink_to(root / "a" / "b")
    assert await listed(blobs) == ["a/b"]


async def test_sweep_removes_what_dead_writers_left(blobs: FileBlobs, root: Path) -> None:
    (root / "incoming" / "half").write_bytes(b"half")
    await blobs.put("a/b", pieces(b"kept"))
    assert await blobs.sweep(before=LONG_AGO) == 0
    assert await blobs.sweep(before=FAR) == 1
    assert left_in(root) == []
    assert await content(blobs, "a/b") == b"kept"


async def test_sweep_spares_what_is_being_written(blobs: FileBlobs, root: Path) -> None:
    half = root / "incoming" / "half"
    with half.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert await blobs.sweep(before=FAR) == 0
        assert half.exists()
    assert await blobs.sweep(before=FAR) == 1


async def test_puts_go_on_under_constant_sweeping(blobs: FileBlobs, root: Path) -> None:
    async def sweeping(until: asyncio.Task[object]) -> None:
        while not until.done():
            await blobs.sweep(before=FAR)

    bodies = {new_key(): random.randbytes(2_000) for _ in range(150)}
    puts = asyncio.gather(*(blobs.put(key, pieces(data)) for key, data in bodies.items()))
    both = asyncio.ensure_future(puts)
    await sweeping(both)  # type: ignore[arg-type]
    await both
    assert await listed(blobs) == sorted(bodies)


def missing(root: Path) -> None:
    """Neither the folder nor the one above."""


def a_file(root: Path) -> None:
    root.parent.mkdir()
    root.touch()


def below_a_file(root: Path) -> None:
    root.parent.touch()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (missing, "the storage folder is missing; .*create it"),
        (a_file, "a file is where the storage folder .*move that file"),
        (below_a_file, "a file is where the storage folder .*move that file"),
    ],
)
async def test_a_folder_that_cannot_be_used_names_the_fix(
    tmp_path: Path, spoil: Callable[[Path], None], says: str
) -> None:
    root = tmp_path / "data" / "blobs"
    spoil(root)
    store = FileBlobs(root)
    calls = [
        store.prepare(),
        store.sweep(before=FAR),
        store.put("a/b", pieces(b"x")),
        store.fill("a/b", writer(b"x")),
        store.open("a/b"),
        store.delete("a/b"),
        listed(store),
    ]
    for call in calls:
        with pytest.raises(StorageFailed, match=says) as refusal:
            await call
        assert str(tmp_path) not in str(refusal.value)
        assert str(tmp_path) in "".join(refusal.value.__notes__)
    with pytest.raises(StorageFailed, match=says):
        async with store.local("a/b"):
            pass


PREPARE = """
import asyncio, os, sys
from concurrent.futures import ThreadPoolExecutor  # loaded while all can be read
from pathlib import Path
from dictabelt.blobs.files import FileBlobs
from dictabelt.core.errors import StorageFailed
if not os.geteuid():
    os.seteuid(65534)  # nothing is forbidden to root
try:
    asyncio.run(FileBlobs(Path(sys.argv[1])).prepare())
except StorageFailed as failure:
    print(failure)
"""


@pytest.mark.parametrize("part", ["", "data"])
def test_a_folder_without_permission_names_the_fix(part: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / part
        folder.mkdir(exist_ok=True)
        Path(name).chmod(0o755)
        folder.chmod(0o555)
        command = [sys.executable, "-c", PREPARE, str(Path(name) / "data")]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        folder.chmod(0o755)
    assert (ran.stderr, ran.returncode) == ("", 0)
    assert "may not use its storage folder; give the user" in ran.stdout
