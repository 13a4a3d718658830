"""`scripts/bench --seed-rows`: fills a new database with millions of plausible recordings."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from bench.engines import ENGINES, NotHere, Where
from bench.filled import Filled, Rows
from bench.plausible import BATCH, Source
from bench.plausible_rows import parts
from bench.processes import Failed
from dictabelt.core.errors import StorageFailed
from dictabelt.db.tables import recordings

FLAG = "--seed-rows"
_MIB = 1024 * 1024
_EVERY = 50 * BATCH


def seed(vaults: Filled, count: int) -> None:
    """Makes the vault of so many recordings, unless it is there."""
    if vaults.has(count):
        return
    began = perf_counter()
    with vaults.filling(count) as into:
        _fill(into, count)
        _tell(f"rows made in {perf_counter() - began:,.0f} s; indexes next")
    _tell(f"all done in {perf_counter() - began:,.0f} s")


def _fill(into: Rows, count: int) -> None:
    done, began = 0, perf_counter()
    for table, rows in parts(Source(count)):
        into.write(table, rows)
        if table is not recordings:
            continue
        done += len(rows)
        if done % _EVERY == 0 or done == count:
            rate = done / (perf_counter() - began)
            _tell(f"{done:,} of {count:,} recordings, {rate:,.0f}/s")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Fills the database and says how fast and how large."""
    wanted = _parser().parse_args(arguments)
    try:
        with ENGINES[wanted.engine](Where(wanted.folder, wanted.server)) as vaults:
            _told(vaults, wanted.count)
    except (Failed, NotHere, StorageFailed) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    return 0


def _told(vaults: Filled, count: int) -> None:
    began = perf_counter()
    seed(vaults, count)
    took, size = perf_counter() - began, vaults.size(count)
    print(
        f"{vaults.place(count)}: {count:,} recordings in {took:.0f} s ({count / took:,.0f}/s), "
        f"{size / _MIB:,.0f} MiB, {size / count:,.0f} bytes a recording"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(FLAG, type=_recordings, dest="count", metavar="N", required=True)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument(
        "--server", metavar="URL", help="a PostgreSQL, instead of one with its files in the folder"
    )
    parser.add_argument("folder", type=Path, help="where rows-N.db or the server's files are made")
    return parser


def _recordings(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("needs 1 or more")
    return count
