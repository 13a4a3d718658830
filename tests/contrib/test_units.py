"""The systemd units: systemd understands them, and leaves the vault little to do harm with."""

import re
import subprocess
from pathlib import Path

import pytest

from cli.running import DICTABELT, output
from contrib.expressions import CONTRIB
from contrib.programs import program

UNITS = sorted((CONTRIB / "systemd").glob("*.service"))
every_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda it: it.stem)
MOST_EXPOSED = 1.5


def analyzed(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program("systemd-analyze"), *map(str, arguments)],
        capture_output=True,
        check=False,
        timeout=60,
        text=True,
    )


@every_unit
def test_systemd_understands_every_line(unit: Path, tmp_path: Path) -> None:
    here = tmp_path / unit.name
    text = unit.read_text(encoding="utf-8")
    here.write_text(re.sub(r"ExecStart=\S+", f'ExecStart="{DICTABELT}"', text))
    done = analyzed("verify", "--man=no", here)
    told = [it for it in done.stderr.splitlines() if unit.stem in it]
    assert told == []


@every_unit
def test_little_is_left_to_do_harm_with(unit: Path) -> None:
    done = analyzed("security", "--offline=yes", "--no-pager", unit)
    level = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert level is not None, done.stderr
    assert float(level[1]) <= MOST_EXPOSED


@every_unit
def test_the_command_is_there(unit: Path, tmp_path: Path) -> None:
    verb = re.search(r"^ExecStart=\S+ (\w+)", unit.read_text(encoding="utf-8"), re.MULTILINE)
    assert verb is not None
    assert output(verb[1], "--help", folder=tmp_path).returncode == 0
