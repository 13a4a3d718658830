"""What a run gave: lines of a table as they come, and the whole as JSON."""

import os
import platform
import sqlite3
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import msgspec

from bench import nginx
from bench.comparison import Pair, Row
from bench.processes import Cores

_PACKAGES = ("dictabelt", "uvicorn", "uvloop", "httptools", "starlette", "msgspec", "boto3")
_LINE = "{:<26} {:<25} {:>5} {:>5} {:>5}  {:<7} {:<5} {:>8} {:>8} {:>9} {:>5}"
HEADING = _LINE.format(
    *("work", "beside", "ratio", "min", "max", "promise", ""),
    *("ours/s", "theirs/s", "busy", "CPU"),
)
EXPLANATION = """\
ratio: ours/s by theirs/s, the median of the rounds, and the least and the greatest of them.
busy: of one core, how much ours and theirs had; well under 100%, other work on the machine or the
client held them up, and the ratio with them. CPU: the ratio that processor time alone gives."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where and with what the run was made."""

    processor: str
    cores: int
    pinned: str
    system: str
    load: float
    client: str
    versions: dict[str, str]

    def __str__(self) -> str:
        versions = ", ".join(f"{name} {it}" for name, it in self.versions.items())
        return (
            f"{self.processor}, {self.cores} cores ({self.pinned}), {self.system}, "
            f"load {self.load:.1f} at the start\n{versions}\nclient: {self.client}"
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """A row as JSON has it."""

    work: str
    beside: str
    promise: float
    kept: bool
    wrong: str | None
    ratio: float | None
    lowest: float | None
    highest: float | None
    processor_ratio: float | None
    pairs: list[Pair]


@dataclass(frozen=True, slots=True)
class Run:
    """Everything, as it is written to a file; `skipped` is why, by group."""

    machine: Machine
    seconds: float
    rounds: int
    rows: list[Summary]
    skipped: dict[str, str]


def machine(cores: Cores, client: str) -> Machine:
    """This one."""
    versions = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    versions |= {name: version(name) for name in _PACKAGES}
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 1,
        pinned=str(cores),
        system=f"{platform.system()} {platform.release()}",
        load=os.getloadavg()[0],
        client=client,
        versions=versions | {"nginx": (nginx.version() or "absent").removeprefix("nginx/")},
    )


def line(it: Row) -> str:
    """A line under `HEADING`."""
    if it.ratio is None:
        return f"{it.work:<26} {it.beside:<25} FAILED: {it.wrong}"
    ratios = (f"{value:.2f}" for value in (it.ratio, it.ratios[0], it.ratios[-1]))
    promise = (f">= {it.promise:.2f}", "kept" if it.kept else "BELOW")
    middle = sorted(it.pairs, key=lambda pair: pair.ratio)[len(it.pairs) // 2]
    rates = (f"{middle.ours.rate:,.0f}", f"{middle.theirs.rate:,.0f}")
    busy = f"{_percent(middle.ours.busy)}/{_percent(middle.theirs.busy)}"
    processor = "-" if it.processor_ratio is None else f"{it.processor_ratio:.2f}"
    return _LINE.format(it.work, it.beside, *ratios, *promise, *rates, busy, processor)


def summary(it: Row) -> Summary:
    """The row with its statistics."""
    return Summary(
        work=it.work,
        beside=it.beside,
        promise=it.promise,
        kept=it.kept,
        wrong=it.wrong,
        ratio=it.ratio,
        lowest=min(it.ratios, default=None),
        highest=max(it.ratios, default=None),
        processor_ratio=it.processor_ratio,
        pairs=it.pairs,
    )


def write(file: Path, run: Run) -> None:
    """The run as JSON."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = (it.partition(":")[2].strip() for it in lines if it.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
