"""What a run gave: lines of a table as they come, and the whole as JSON."""

import os
import platform
import sqlite3
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import msgspec

from bench import ffmpeg, nginx
from bench.comparison import Pair, Row
from bench.growth import Growth
from bench.processes import Cores
from bench.scale import MOST_TIMES, Scaled

_PACKAGES = (
    "dictabelt",
    "uvicorn",
    "uvloop",
    "httptools",
    "starlette",
    "msgspec",
    "numpy",
    "boto3",
)
_WORK = 33
_LINE = "{:<33} {:<25} {:>5} {:>5} {:>5}  {:<7} {:<5} {:>8} {:>8} {:>9} {:>5}"
HEADING = _LINE.format(
    *("work", "beside", "ratio", "min", "max", "promise", ""),
    *("ours/s", "theirs/s", "busy", "CPU"),
)
EXPLANATION = """\
ratio: ours/s by theirs/s, the median of the rounds, and the least and the greatest of them.
busy: of one core, how much ours and theirs had; well under 100%, other work on the machine or the
client held them up, and the ratio with them. CPU: the ratio that processor time alone gives.
Of rows: a query on a vault of so many recordings beside one of 10,000, each asked before: the ratio
of medians, and milliseconds, small vault / large vault. CPU is of this process and of those of a
PostgreSQL of our own; of a server that was named it is of this process alone.
Rows of memory: MiB that the server and its children grew at most beyond what they held idle."""


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
    promise: float | None
    kept: bool
    wrong: str | None
    ratio: float | None
    lowest: float | None
    highest: float | None
    processor_ratio: float | None
    pairs: list[Pair]


@dataclass(frozen=True, slots=True)
class Grown:
    """A row of memory as JSON has it, in MiB."""

    work: str
    before: float
    peak: float
    grown: float
    most: float
    kept: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Everything, as it is written to a file; `skipped` is why, by group."""

    machine: Machine
    seconds: float
    rounds: int
    shrink: int
    rows: list[Summary]
    memory: list[Grown]
    scale: list[Scaled]
    skipped: dict[str, str]


def machine(cores: Cores, client: str) -> Machine:
    """This one."""
    versions = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    versions |= {name: version(name) for name in _PACKAGES}
    versions["nginx"] = (nginx.version() or "absent").removeprefix("nginx/")
    versions["ffmpeg"] = ffmpeg.version() or "absent"
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 1,
        pinned=str(cores),
        system=f"{platform.system()} {platform.release()}",
        load=os.getloadavg()[0],
        client=client,
        versions=versions,
    )


def line(it: Row | Growth | Scaled) -> str:
    """A line under `HEADING`."""
    if isinstance(it, Growth):
        return _line_of_memory(it)
    if isinstance(it, Scaled):
        return _line_of_scale(it)
    if it.ratio is None:
        return f"{it.work:<{_WORK}} {it.beside:<25} FAILED: {it.wrong}"
    ratios = (figure(value) for value in (it.ratio, it.ratios[0], it.ratios[-1]))
    middle = sorted(it.pairs, key=lambda pair: pair.ratio)[len(it.pairs) // 2]
    rates = (figure(middle.ours.rate), figure(middle.theirs.rate))
    busy = f"{_percent(middle.ours.busy)}/{_percent(middle.theirs.busy)}"
    processor = "-" if it.processor_ratio is None else figure(it.processor_ratio)
    return _LINE.format(it.work, it.beside, *ratios, *_promise(it), *rates, busy, processor)


def _line_of_memory(it: Growth) -> str:
    beside = f"{it.before:.0f} MiB, idle"
    promise = (f"<= {it.most:.0f}", "kept" if it.kept else "ABOVE")
    return _LINE.format(it.work, beside, f"{it.grown:.1f}", "", "", *promise, *[""] * 4).rstrip()


def _line_of_scale(it: Scaled) -> str:
    promise = (f"<= {MOST_TIMES}", "kept" if it.kept else "ABOVE")
    processor = figure(it.processor_ratio)
    told = _LINE.format(
        it.work,
        f"{it.engine}, {it.rows:,}",
        figure(it.ratio),
        "",
        "",
        *promise,
        "",
        "",
        "",
        processor,
    )
    median = f"p50 {it.small.median:.2f}/{it.large.median:.2f} ms"
    asked = f"p99 {it.small.p99:.2f}/{it.large.p99:.2f} ms, first {it.first.median:.2f} ms"
    return f"{told}  {median}, {asked}"


def _promise(it: Row) -> tuple[str, str]:
    if it.promise is None:
        return "none", ""
    return f">= {figure(it.promise)}", "kept" if it.kept else "BELOW"


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


def grown(it: Growth) -> Grown:
    """The row with what follows from it."""
    return Grown(it.work, it.before, it.peak, it.grown, it.most, it.kept)


def write(file: Path, run: Run) -> None:
    """The run as JSON."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")


def figure(value: float) -> str:
    """Two places behind the point, none where there are three before it."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = (it.partition(":")[2].strip() for it in lines if it.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
