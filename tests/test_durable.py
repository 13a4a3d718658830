"""Names that files get once they are whole, also where a file has one name only."""

from pathlib import Path

import pytest

from blobs.programs.run import preloading, run
from dictabelt.durable import publish

WITHOUT_LINKS = """
import ctypes, errno, sys
from pathlib import Path
from dictabelt.durable import publish

ctypes.CDLL(None).arm(b"link", 1, errno.EPERM)
folder = Path(sys.argv[1])
try:
    publish(folder / "aside", folder / "target")
except FileExistsError:
    print("taken")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a file that is to become `target`."""
    (tmp_path / "aside").write_bytes(b"whole")
    return tmp_path


def test_a_file_gets_its_name(folder: Path) -> None:
    publish(folder / "aside", folder / "target")
    assert (folder / "target").read_bytes() == b"whole"


def test_what_has_the_name_keeps_it(folder: Path) -> None:
    (folder / "target").write_bytes(b"precious")
    with pytest.raises(FileExistsError):
        publish(folder / "aside", folder / "target")
    assert (folder / "target").read_bytes() == b"precious"


def test_a_file_gets_its_name_where_there_are_no_links(folder: Path, refusing: Path) -> None:
    said = run("-c", WITHOUT_LINKS, folder, environment=preloading(refusing))
    assert (said, (folder / "target").read_bytes()) == ("", b"whole")


def test_what_has_the_name_keeps_it_where_there_are_no_links(folder: Path, refusing: Path) -> None:
    (folder / "target").write_bytes(b"precious")
    said = run("-c", WITHOUT_LINKS, folder, environment=preloading(refusing))
    assert (said, (folder / "target").read_bytes()) == ("taken\n", b"precious")
