"""scripts/setup: installs when something is missing or stale, and only then."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "dirname", "cat", "cksum", "grep", "mkdir", "mv", "rm")

# Stands in for the network: makes real environments and writes down what it is asked.
INSTALLER = """#!/bin/sh
echo "$*" >>"{log}"
case $1 in venv) exec "{python}" -m venv --without-pip .venv ;; esac
case "$*" in *requirements*) [ ! -e "{log}.broken" ] ;; esac
"""


@dataclass(frozen=True)
class Clone:
    """A checkout with an installer of its own; `commands` is all that its scripts can call."""

    root: Path
    commands: Path
    log: Path

    def setup(self, want: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.root / "scripts/setup", want],
            check=False,
            cwd=self.commands,
            env={"PATH": str(self.commands)},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def asked(self, want: str) -> list[str]:
        """What setting up asks of the installer, by first word; it must go well."""
        self.log.write_text("")
        done = self.setup(want)
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
        return [it.split()[0] for it in self.log.read_text().splitlines()]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path / "a clone of it", tmp_path / "commands", tmp_path / "log")
    for name in ("scripts/setup", "pyproject.toml", "requirements/run.txt", "requirements/dev.txt"):
        (made.root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, made.root / name)
    made.commands.mkdir()
    for tool in TOOLS:
        (made.commands / tool).symlink_to(str(shutil.which(tool)))
    command(made, "python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    command(made, "uv", INSTALLER.format(log=made.log, python=sys.executable))
    return made


def command(clone: Clone, name: str, script: str) -> None:
    (clone.commands / name).write_text(script)
    (clone.commands / name).chmod(0o755)


NEW = ["venv", "pip", "pip"]
MENDED = ["pip", "pip"]
NOTHING: list[str] = []


def test_the_second_time_asks_for_nothing(clone: Clone) -> None:
    assert clone.asked("run") == NEW
    assert clone.asked("run") == NOTHING


def test_what_the_suite_needs_is_enough_for_the_server_and_not_the_other_way(clone: Clone) -> None:
    assert clone.asked("run") == NEW
    assert clone.asked("dev") == MENDED
    assert clone.asked("run") == NOTHING


@pytest.mark.parametrize("name", ["requirements/run.txt", "pyproject.toml"])
def test_another_lock_is_installed_over_the_first(clone: Clone, name: str) -> None:
    clone.asked("dev")
    with (clone.root / name).open("a") as file:
        file.write("# another\n")
    assert clone.asked("run") == MENDED
    assert clone.asked("dev") == MENDED


def test_what_only_the_suite_needs_does_not_concern_the_server(clone: Clone) -> None:
    clone.asked("dev")
    with (clone.root / "requirements/dev.txt").open("a") as file:
        file.write("# another\n")
    assert clone.asked("run") == NOTHING
    assert clone.asked("dev") == MENDED


def test_an_install_that_broke_off_is_made_anew(clone: Clone) -> None:
    break_off(clone, "run")
    assert clone.asked("run") == NEW
    assert clone.asked("run") == NOTHING


def test_a_change_of_lock_that_broke_off_is_made_anew(clone: Clone) -> None:
    clone.asked("run")
    break_off(clone, "dev")
    assert clone.asked("dev") == NEW


def break_off(clone: Clone, want: str) -> None:
    """Sets up until the installer fails, as it does without a network."""
    broken = clone.log.with_suffix(".broken")
    broken.touch()
    done = clone.setup(want)
    broken.unlink()
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("dictabelt: could not install; ")


def test_a_folder_that_moved_is_made_anew(clone: Clone) -> None:
    clone.asked("run")
    moved = Clone(clone.root.rename(clone.root.with_name("elsewhere")), clone.commands, clone.log)
    assert moved.asked("run") == NEW


def test_an_environment_whose_python_is_gone_is_made_anew(clone: Clone) -> None:
    clone.asked("run")
    lose_python(clone)
    assert clone.asked("run") == NEW


def test_an_environment_that_somebody_else_made_is_used_if_it_works(clone: Clone) -> None:
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", clone.root / ".venv"],
        check=True,
        timeout=60,
    )
    assert clone.asked("run") == MENDED
    (clone.root / ".venv/dictabelt-setup").unlink()
    lose_python(clone)
    assert clone.asked("run") == NEW


def lose_python(clone: Clone) -> None:
    python = clone.root / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3")


@pytest.mark.parametrize(
    ("python", "advice"),
    [
        (None, "needs Python 3.11 or newer: apt install python3 python3-venv"),
        (
            f'exec "{sys.executable}" -c "import sys; sys.version_info = (3, 10)\n$2"',
            "needs Python 3.11 or newer: apt install python3 python3-venv",
        ),
        (
            f'case $2 in *ensurepip*) exit 1 ;; esac; exec "{sys.executable}" "$@"',
            "this Python cannot make environments yet: apt install python3-venv",
        ),
    ],
)
def test_one_line_says_what_to_install(clone: Clone, python: str | None, advice: str) -> None:
    (clone.commands / "uv").unlink()
    (clone.commands / "python3").unlink()
    if python:
        command(clone, "python3", f"#!/bin/sh\n{python}\n")
    done = clone.setup("run")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"dictabelt: {advice}")
    assert not (clone.root / ".venv").exists()
