"""The database of a snapshot, put together again."""

import errno
from pathlib import Path

from blobs.programs.run import preloading, run

COPIED = """
import asyncio, ctypes, hashlib, sys
from datetime import UTC, datetime
from pathlib import Path
from dictabelt.core.restoring import database_copy
from dictabelt.core.snapshot import Counts, DatabaseCopy, Origin, Snapshot

class Kept:
    async def whole(self, name):
        return name.encode()

copy = DatabaseCopy(8, hashlib.sha256(b"rowsrows").hexdigest(), ("rows", "rows"))
it = Snapshot(datetime.now(UTC), Origin("here", "1"), copy, (), Counts())
ctypes.CDLL(None).arm(b"fsync", int(sys.argv[2]), int(sys.argv[3]))
try:
    asyncio.run(database_copy(Kept(), it, target=Path(sys.argv[1])))
except OSError as error:
    print(error.errno)
"""


def test_a_database_is_believed_once_it_is_on_the_disk(tmp_path: Path, refusing: Path) -> None:
    def copied(nth: int) -> str:
        there = preloading(refusing)
        return run("-c", COPIED, tmp_path / "copy", nth, errno.EIO, environment=there)

    assert [copied(nth) for nth in (1, 2)] == [f"{errno.EIO}\n", ""]
    assert (tmp_path / "copy").read_bytes() == b"rowsrows"
