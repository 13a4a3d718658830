"""The order of one put's system calls, as the kernel saw them."""

import re
import shutil
from pathlib import Path

import pytest

from blobs.programs.run import command, ended, surroundings

CALLS = "write,fsync,?link,linkat,?mkdir,mkdirat,?unlink,unlinkat,?rename,renameat2"
LINE = re.compile(r"\d+ +(write|fsync|link|mkdir|unlink|rename)(?:at)?\((.*)\) += \d+")

ORDER = [
    *["mkdir /incoming", "write /incoming/*", "write /incoming/*", "write /incoming/*"],
    "fsync /incoming/*",
    *["mkdir /3f", "fsync ", "mkdir /3f/aa", "fsync /3f"],
    *["link /incoming/* /3f/aa/bb", "unlink /incoming/*", "fsync /3f/aa"],
    "acknowledged",
]


def spoken(call: str, arguments: str, folder: Path) -> str | None:
    """`call` and its paths in `folder`, or the acknowledgement, or nothing of ours."""
    if "acknowledged" in arguments:
        return "acknowledged"
    paths = re.findall(rf'{re.escape(str(folder))}([^">]*)', arguments)
    words = " ".join([call, *paths])
    return re.sub(r"[0-9a-f]{32}", "*", words) if paths else None


def test_all_is_on_the_disk_before_a_put_returns(tmp_path: Path) -> None:
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    (folder := tmp_path / "blobs").mkdir()
    log = tmp_path / "log"
    strace = ["strace", "-f", "-y", "-o", str(log), "-e", f"trace={CALLS}"]
    ran = ended([*strace, *command("put_once", folder)], surroundings())
    if "ptrace" in ran.stderr.lower():
        pytest.skip(f"strace may not trace here: {ran.stderr}")
    assert ran.returncode == 0, ran.stderr
    lines = (LINE.fullmatch(line) for line in log.read_text().splitlines())
    said = [spoken(line[1], line[2], folder) for line in lines if line]
    assert [words for words in said if words] == ORDER
