"""Runs the installed command, and servers that it starts."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DICTABELT = str(Path(sys.executable).with_name("dictabelt"))
LONGEST = 30


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Command = Callable[..., Ran]


def ran(*arguments: object, folder: Path) -> Ran:
    """The installed command, in a process of its own; bytes that are no text become marks."""
    it = output(*arguments, folder=folder)
    return Ran(it.returncode, it.stdout.decode(errors="replace"), it.stderr.decode())


def output(*arguments: object, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """The same, with what it wrote as it wrote it."""
    return subprocess.run(
        [DICTABELT, *map(str, arguments)],
        cwd=folder,
        env=clean(),
        capture_output=True,
        check=False,
        timeout=LONGEST,
    )


def clean() -> dict[str, str]:
    """The environment without settings of Dictabelt."""
    kept = {name: value for name, value in os.environ.items() if "DICTABELT" not in name}
    return {**kept, "COLUMNS": "80"}


@contextmanager
def started(*arguments: object, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The installed command while it runs; killed at the end where it still does."""
    process = subprocess.Popen(
        [DICTABELT, *map(str, arguments)],
        cwd=folder,
        env=clean(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> Any:
    """The JSON line that says that a server answers, or that a file is done."""
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def stopped(process: subprocess.Popen[str], by: int = signal.SIGINT) -> Ran:
    """The end of it after a signal."""
    process.send_signal(by)
    out, err = process.communicate(timeout=LONGEST)
    return Ran(process.returncode, out, err)
