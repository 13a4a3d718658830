"""`scripts/bench --seed-rows`: fills a new database with millions of plausible recordings."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Protocol

from sqlalchemy import Table

from bench import sqlite_rows
from bench.plausible import BATCH, Source
from bench.plausible_rows import parts
from dictabelt.db.query import Values
from dictabelt.db.tables import recordings

FLAG = "--seed-rows"
_MIB = 1024 * 1024
_EVERY = 50 * BATCH


class Rows(Protocol):
    """Where rows go: one engine's fastest way in."""

    def write(self, table: Table, rows: list[Values]) -> None:
        """Whole rows, in the order of the table's columns; what they refer to came before."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A kind of database: how to fill the new one of that name in a folder, and where it is."""

    suffix: str
    filling: Callable[[Path], AbstractContextManager[Rows]]


ENGINES: Mapping[str, Engine] = MappingProxyType({"sqlite": Engine("db", sqlite_rows.filling)})


def seeded(folder: Path, count: int, *, engine: str = "sqlite") -> Path:
    """The database of so many recordings in the folder, made unless it is there."""
    kind = ENGINES[engine]
    file = folder / f"rows-{count}.{kind.suffix}"
    if file.exists():
        return file
    folder.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(".part")
    aside.unlink(missing_ok=True)
    with kind.filling(aside) as into:
        _fill(into, count)
    return aside.rename(file)


def _fill(into: Rows, count: int) -> None:
    done, began = 0, perf_counter()
    for table, rows in parts(Source(count)):
        into.write(table, rows)
        if table is not recordings:
            continue
        done += len(rows)
        if done % _EVERY == 0 or done == count:
            rate = done / (perf_counter() - began)
            print(f"{done:,} of {count:,} recordings, {rate:,.0f}/s", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Fills the database and says how fast and how large."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(FLAG, type=int, dest="count", metavar="N", required=True)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("folder", type=Path, help="where rows-N.db is made")
    wanted = parser.parse_args(arguments)
    if wanted.count < 1:
        parser.error(f"{FLAG} needs 1 or more")
    began = perf_counter()
    file = seeded(wanted.folder, wanted.count, engine=wanted.engine)
    took, size = perf_counter() - began, file.stat().st_size
    print(
        f"{file}: {wanted.count:,} recordings in {took:.0f} s ({wanted.count / took:,.0f}/s), "
        f"{size / _MIB:,.0f} MiB, {size / wanted.count:,.0f} bytes a recording"
    )
    return 0
