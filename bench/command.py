"""Commands as a side of a row: each runs once a round, from its start to its end."""

import resource
import subprocess
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from bench.comparison import Measure
from bench.meter import WrongAnswer
from bench.processes import confined

_PATIENCE_SECONDS = 600


def run(command: Sequence[str | Path], *, core: int | None) -> Measure:
    """One run. Raises WrongAnswer, with what the command said."""
    before, began = _spent(), perf_counter()
    with confined(core):
        done = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
        )
    elapsed = perf_counter() - began
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise WrongAnswer(f"{Path(command[0]).name}: {said}")
    return Measure(1 / elapsed, _spent() - before)


def _spent() -> float:
    """Seconds of processor time of children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
