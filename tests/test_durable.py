"""Names that files get once they are whole, also where a file has one name only."""

import errno
from pathlib import Path

import pytest

from blobs.programs.run import preloading, run
from dictabelt.durable import forget_empty, publish

WITHOUT_LINKS = """
import ctypes, os, sys
from pathlib import Path
from dictabelt.durable import publish

ctypes.CDLL(None).arm(b"link", 1, int(sys.argv[2]))
folder = Path(sys.argv[1])
if "dying" in sys.argv:
    sys.addaudithook(lambda event, _: os._exit(0) if event == "os.rename" else None)
try:
    publish(folder / "aside", folder / "target")
except FileExistsError:
    print("taken")
except OSError as error:
    print(error.errno)
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


@pytest.mark.parametrize(
    "said", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV]
)
def test_a_file_gets_its_name_where_there_are_no_links(
    folder: Path, refusing: Path, said: int
) -> None:
    assert run("-c", WITHOUT_LINKS, folder, said, environment=preloading(refusing)) == ""
    assert [it.name for it in folder.iterdir()] == ["target"]
    assert (folder / "target").read_bytes() == b"whole"


def test_what_has_the_name_keeps_it_where_there_are_no_links(folder: Path, refusing: Path) -> None:
    (folder / "target").write_bytes(b"precious")
    said = run("-c", WITHOUT_LINKS, folder, errno.EPERM, environment=preloading(refusing))
    assert (said, (folder / "target").read_bytes()) == ("taken\n", b"precious")


@pytest.mark.parametrize("said", [errno.EIO, errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_is_full_or_broken_is_not_asked_another_way(
    folder: Path, refusing: Path, said: int
) -> None:
    told = run("-c", WITHOUT_LINKS, folder, said, environment=preloading(refusing))
    assert told == f"{said}\n"
    assert [it.name for it in folder.iterdir()] == ["aside"]


def test_who_comes_second_is_refused_from_the_moment_that_the_first_begins(
    folder: Path, refusing: Path
) -> None:
    def published(*how: str) -> str:
        there = preloading(refusing)
        return run("-c", WITHOUT_LINKS, folder, errno.EPERM, *how, environment=there)

    published("dying")
    assert published() == "taken\n"
    assert (folder / "aside").read_bytes() == b"whole"
    forget_empty(folder / "target")
    assert published() == ""
    assert (folder / "target").read_bytes() == b"whole"


def test_only_a_name_without_bytes_is_forgotten(folder: Path) -> None:
    for name in ("aside", "missing", "."):
        forget_empty(folder / name)
    assert (folder / "aside").read_bytes() == b"whole"


def test_a_rename_that_fails_leaves_no_name(folder: Path, refusing: Path) -> None:
    (folder / "aside").unlink()
    told = run("-c", WITHOUT_LINKS, folder, errno.EPERM, environment=preloading(refusing))
    assert told == f"{errno.ENOENT}\n"
    assert list(folder.iterdir()) == []
