"""A disk that refuses: nothing is acknowledged, nothing is left, the reason is said."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from blobs.programs.run import preloading, run
from blobs.stores import content, listed, pieces
from dictabelt.blobs.files import FileBlobs
from dictabelt.core.errors import StorageFailed


def test_the_nth_failure_of_any_call_is_an_error_or_a_whole_object(
    tmp_path: Path, refusing: Path
) -> None:
    ran = run("refuse_every_call", tmp_path, environment=preloading(refusing))
    refused = dict(line.rsplit(" ", 1) for line in ran.splitlines())
    at_least = {"put open": 4, "put write": 3, "put fsync": 4, "put link": 1, "put mkdir": 2}
    at_least |= {
        "fill_swallowing write": 3,
        "fill_disguising write": 3,
        "fill write": 1,
        "fill fsync": 4,
        "delete unlink": 1,
        "delete fsync": 1,
    }
    for work, times in at_least.items():
        assert int(refused[work]) >= times, work


LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from blobs.stores import listed, pieces, writer
from dictabelt.blobs.files import FileBlobs
from dictabelt.core.errors import StorageFailed

async def main(folder):
    store = FileBlobs(folder)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
    for large in (store.put("a", pieces(*[bytes(700_000)] * 4)), store.fill("a", fill)):
        try:
            await large
        except StorageFailed as failure:
            print(failure)
    await store.put("b", pieces(bytes(1_400_000)))
    print(await listed(store), list((folder / "incoming").iterdir()))

def fill(file):
    for _ in range(100):
        try:
            file.write(bytes(100_000))
        except StorageFailed:
            pass  # an encoder that swallows errors

(folder := Path(sys.argv[1]) / "blobs").mkdir()
asyncio.run(main(folder))
"""


def test_a_file_over_the_process_limit_is_refused_whole(tmp_path: Path) -> None:
    said = run("-c", LIMITED, tmp_path).splitlines()
    assert [line.partition(";")[0] for line in said] == [
        "the file is larger than the file system or the process limit (ulimit -f) allows",
        "the file is larger than the file system or the process limit (ulimit -f) allows",
        "['b'] []",
    ]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Four MiB of memory, mounted; only root may."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(disk)]
    if sys.platform != "linux" or os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("mounting a small disk takes root on Linux")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


async def test_a_full_disk_refuses_puts_and_goes_on_reading(small_disk: Path) -> None:
    store = FileBlobs(small_disk / "blobs")
    await store.prepare()
    data = random.randbytes(1_000_000)
    await store.put("a", pieces(data))
    large = (store.put(f"large/{number}", pieces(*[bytes(500_000)] * 8)) for number in range(4))
    for result in await asyncio.gather(*large, return_exceptions=True):
        assert isinstance(result, StorageFailed)
        assert "the disk is full; free some space" in str(result)
        assert str(small_disk) not in str(result)
    assert await content(store, "a") == data
    assert await listed(store) == ["a"]
    await store.put("b", pieces(data))
    assert await content(store, "b") == data
