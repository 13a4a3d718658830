"""ffmpeg as a peer: the program, run as anyone would."""

import resource
import shutil
import subprocess
from pathlib import Path
from time import perf_counter

from bench.comparison import Measure, Side
from bench.meter import WrongAnswer
from bench.processes import confined

_PATIENCE_SECONDS = 600


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

    def measure(_seconds: float) -> Measure:
        before, began = _spent(), perf_counter()
        with confined(core):
            done = subprocess.run(  # noqa: S603
                command, capture_output=True, check=False, timeout=_PATIENCE_SECONDS
            )
        elapsed = perf_counter() - began
        if done.returncode:
            raise WrongAnswer(f"ffmpeg: {done.stderr.decode(errors='replace').strip()}")
        return Measure(1 / elapsed, _spent() - before)

    return measure


def _spent() -> float:
    """Seconds of processor time of children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
