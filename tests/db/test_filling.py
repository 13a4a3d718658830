"""The file that a vault is restored into, also where an earlier try was cut off."""

import errno
from pathlib import Path

import pytest

from blobs.programs.run import preloading, run
from dictabelt.cli.progress import RowTally
from dictabelt.core.errors import Conflict
from dictabelt.db.filling import FileToFill

FILLED = """
import asyncio, ctypes, errno, sys
from pathlib import Path
from dictabelt.cli.progress import RowTally
from dictabelt.db.filling import FileToFill

copy, target = map(Path, sys.argv[1:])
ctypes.CDLL(None).arm(b"fsync", 1, errno.EIO)
try:
    asyncio.run(FileToFill(target).fill(copy, RowTally()))
except OSError as error:
    print(error.errno)
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    (tmp_path / "copy").write_bytes(b"rows")
    return tmp_path / "copy"


async def test_a_name_without_bytes_is_filled_as_if_it_were_not_there(
    copy: Path, tmp_path: Path
) -> None:
    """What is left where there are no hard links, of a restore that died at its last step."""
    target = tmp_path / "vault.db"
    target.touch()
    file = FileToFill(target)
    assert not await file.filled(copy)
    await file.fill(copy, RowTally())
    assert target.read_bytes() == b"rows"
    assert await file.filled(copy)


async def test_another_file_stays(copy: Path, tmp_path: Path) -> None:
    target = tmp_path / "vault.db"
    target.write_bytes(b"other rows")
    file = FileToFill(target)
    for work in (file.demand_empty(), file.filled(copy), file.fill(copy, RowTally())):
        with pytest.raises(Conflict):
            await work
    assert target.read_bytes() == b"other rows"


def test_the_file_is_believed_once_its_name_is_on_the_disk(
    copy: Path, tmp_path: Path, refusing: Path
) -> None:
    said = run("-c", FILLED, copy, tmp_path / "vault.db", environment=preloading(refusing))
    assert said == f"{errno.EIO}\n"
