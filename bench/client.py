"""The client that asks over and over: our own, which is everywhere, or wrk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench import load, wrk
from bench.meter import Meter, metering
from bench.target import Target

OWN, WRK = "own", "wrk"
TOLD = {
    OWN: "bench/load.py, 1 process, 16 connections, every answer's status and length checked",
    WRK: "wrk, 1 thread, 16 connections, of answers only 2xx or not checked",
}


class Client(Protocol):
    """Asks a target over and over."""

    def rate(self, target: Target, seconds: float) -> float:
        """Right answers a second. Raises WrongAnswer."""


@dataclass(frozen=True, slots=True)
class _Own:
    meter: Meter

    def rate(self, target: Target, seconds: float) -> float:
        order = load.Order(
            port=target.server.port,
            request=target.wire(),
            status=target.question.status,
            length=target.length,
            seconds=seconds,
            unlike=target.question.unlike,
            others=target.others(),
        )
        return self.meter.rate(order, seconds)


@contextmanager
def ready(name: str, folder: Path, *, core: int | None) -> Iterator[Client]:
    """The client of that name, confined to one core."""
    if name == WRK:
        yield wrk.Wrk(folder, core)
        return
    with metering("load", folder, core=core) as meter:
        yield _Own(meter)
