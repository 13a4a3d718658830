"""Keeps three pieces under 3f/aa/bb and says so. Usage: put_once.py FOLDER."""

import asyncio
import os
import sys
from pathlib import Path

from blobs.stores import pieces
from dictabelt.blobs.files import FileBlobs


async def main(folder: Path) -> None:
    await FileBlobs(folder).put("3f/aa/bb", pieces(bytes(1 << 20), bytes(1 << 20), b"end"))
    os.write(1, b"acknowledged\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
