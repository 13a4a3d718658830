"""A process that measures rates: told what by a line of JSON, it answers with one."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import TypeVar

import msgspec

from bench.processes import line, started

T = TypeVar("T")
# Beyond the time of the measurement: imports, connections, a machine busy with other work.
_PATIENCE_SECONDS = 30


class WrongAnswer(Exception):
    """A measurement that proves nothing, and why."""


@dataclass(frozen=True, slots=True)
class Result:
    """How many a second; `wrong` says why there is no such figure."""

    rate: float = 0
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class Meter:
    """The process, seen by the one who asks."""

    process: Popen[bytes]
    log: Path

    @property
    def id(self) -> int:
        return self.process.pid

    def rate(self, order: object, seconds: float) -> float:
        """How many a second, measured for so long. Raises WrongAnswer or Failed."""
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode(order) + b"\n")
        self.process.stdin.flush()
        said = line(self.process, self.log, within=seconds + _PATIENCE_SECONDS)
        result = msgspec.json.decode(said, type=Result)
        if result.wrong is not None:
            raise WrongAnswer(result.wrong)
        return result.rate


@contextmanager
def metering(module: str, folder: Path, *, core: int | None) -> Iterator[Meter]:
    """A meter that runs `module` of this package."""
    log = folder / f"{module}.log"
    command = (sys.executable, "-m", f"bench.{module}")
    with started(command, core=core, log=log) as process:
        yield Meter(process, log)


def obey(order_type: type[T], measure: Callable[[T], float]) -> None:
    """The process itself: measures each order on stdin until that is closed."""
    for order in sys.stdin:
        try:
            result = Result(measure(msgspec.json.decode(order, type=order_type)))
        except WrongAnswer as wrong:
            result = Result(wrong=str(wrong))
        print(msgspec.json.encode(result).decode(), flush=True)
