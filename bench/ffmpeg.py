"""ffmpeg as a peer: the program, run as anyone would."""

import shutil
import subprocess
from pathlib import Path

from bench.command import run
from bench.comparison import Side


def program() -> str | None:
    """Where ffmpeg is."""
    return shutil.which("ffmpeg")


def version() -> str | None:
    """As `5.1.9`; None when there is no ffmpeg."""
    found = program()
    if found is None:
        return None
    told = subprocess.run([found, "-version"], capture_output=True, check=False, timeout=10)  # noqa: S603
    return told.stdout.decode().split()[2].partition("-")[0]


def encoding(source: Path, target: Path, *, core: int | None) -> Side:
    """Makes `target` of `source`, once however short the round."""
    found = program()
    assert found is not None
    command = (found, "-nostdin", "-v", "error", "-y", "-i", source, target)

    return lambda _seconds: run(command, core=core)
