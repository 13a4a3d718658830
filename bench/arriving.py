"""Rows of what comes in, and of the start: the commands as a user gives them."""

import os
import shutil
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import perf_counter

from bench import command
from bench.comparison import Comparison, Measure, Side
from bench.processes import line, started
from bench.stage import Stage
from bench.vault import DICTABELT

_FILES, _MEGABYTE = 1_000, 1_000_000
_HEADER = 44
_PROMISE = 0.5
_FEW = 3
_PATIENCE_SECONDS = 60
# as careful as the vault: copied, hashed, and on the disk
_PEER = 'cp "$0"/* "$1" && sha256sum "$1"/* > "$1".sums && sync'


def ingest(stage: Stage) -> Iterator[Comparison]:
    """A folder of files into a new vault, beside the tools of the system."""
    source = stage.folder / "arriving"
    source.mkdir()
    _fill(source, max(1, _FILES // stage.shrink))
    yield Comparison(
        "import of 1,000 files of 1 MB",
        "cp, sha256sum and sync",
        _PROMISE,
        ours=_importing(stage, source),
        theirs=_copying(stage, source),
        rounds=_FEW,
    )


def start(stage: Stage) -> Iterator[Comparison]:
    """From the command to the line that says that a new vault answers."""
    yield Comparison(
        "start of an empty vault",
        "python -c pass",
        None,
        ours=_starting(stage),
        theirs=lambda _seconds: command.run(
            (sys.executable, "-c", "pass"), core=stage.cores.server
        ),
        rounds=_FEW,
    )


def _fill(folder: Path, files: int) -> None:
    """Noise: no two are alike, and none can be packed or guessed."""
    for number in range(files):
        body = os.urandom(_MEGABYTE - _HEADER)
        size = len(body)
        header = b"RIFF%sWAVEfmt %s" % (
            (size + _HEADER - 8).to_bytes(4, "little"),
            bytes.fromhex("10000000 0100 0200 401f0000 007d0000 0400 1000"),
        )
        data = b"data" + size.to_bytes(4, "little")
        (folder / f"{number:04}.wav").write_bytes(header + data + body)


def _importing(stage: Stage, source: Path) -> Side:
    turn = count()

    def measure(_seconds: float) -> Measure:
        data = stage.folder / f"imported-{next(turn)}"
        own = ("--data", data)
        command.run((DICTABELT, "account", "add", "bench", *own), core=None)
        took = command.run((DICTABELT, "import", source, *own), core=None)
        shutil.rmtree(data)
        return took

    return measure


def _copying(stage: Stage, source: Path) -> Side:
    def measure(_seconds: float) -> Measure:
        target = stage.folder / "copied"
        target.mkdir()
        took = command.run(("sh", "-c", _PEER, source, target), core=None)
        shutil.rmtree(target)
        return took

    return measure


def _starting(stage: Stage) -> Side:
    turn = count()

    def measure(_seconds: float) -> Measure:
        data, log = stage.folder / f"started-{next(turn)}", stage.folder / "started.log"
        serve = (DICTABELT, "serve", "--port", "0", "--json", "--data", data)
        began = perf_counter()
        with started(serve, core=stage.cores.server, log=log) as process:
            line(process, log, within=_PATIENCE_SECONDS)
            took = perf_counter() - began
        shutil.rmtree(data)
        return Measure(1 / took, None)

    return measure
