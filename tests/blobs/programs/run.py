"""Starts a program of this folder as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[2]


def surroundings() -> dict[str, str]:
    path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path}


def preloading(library: Path) -> dict[str, str]:
    return {**surroundings(), "LD_PRELOAD": str(library)}


def command(program: str, *arguments: object) -> list[str]:
    """A module of this folder, or `-c` and its text."""
    named = [program] if program == "-c" else ["-m", f"blobs.programs.{program}"]
    return [sys.executable, *named, *map(str, arguments)]


def ended(line: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The process after its end, within a minute."""
    return subprocess.run(
        line, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def run(program: str, *arguments: object, environment: dict[str, str] | None = None) -> str:
    """What the program said; its failure is the test's."""
    ran = ended(command(program, *arguments), environment or surroundings())
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
