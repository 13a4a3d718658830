"""Puts forever, four at a time; says `.` for each chunk and the key of each acknowledged put.

Usage: put_until_killed.py FOLDER SEED [CALL NTH]; CALL and NTH need refusing.c to be preloaded.
"""

import asyncio
import ctypes
import os
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from dictabelt.blobs.files import FileBlobs

CHUNK = 64 * 1024
SIZES = (0, 10, 5_000, 100_000, 300_000, 2_500_000)


def made_up(key: str) -> bytes:
    """The bytes that belong under `key`."""
    chance = random.Random(key)
    return chance.randbytes(chance.choice(SIZES))


async def told(data: bytes) -> AsyncIterator[bytes]:
    for offset in range(0, len(data), CHUNK):
        os.write(1, b".\n")
        yield data[offset : offset + CHUNK]


async def keep_putting(store: FileBlobs, lane: str) -> None:
    for number in range(10_000):
        key = f"{number % 7}/{lane}/{number}"
        await store.put(key, told(made_up(key)))
        os.write(1, f"{key}\n".encode())


async def main(folder: Path, seed: str, *fault: str) -> None:
    store = FileBlobs(folder)
    if fault:
        ctypes.CDLL(None).arm(fault[0].encode(), int(fault[1]), 0)
    async with asyncio.TaskGroup() as lanes:
        for lane in range(4):
            lanes.create_task(keep_putting(store, f"{seed}-{lane}"))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
