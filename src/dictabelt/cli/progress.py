"""How far long work is: a bar on a terminal, a line every 30 seconds elsewhere."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

EVERY_SECONDS = 30.0


@dataclass(slots=True)
class Tally:
    """Files and bytes that are done, of all there are."""

    files: int = 0
    bytes: int = 0
    files_done: int = 0
    bytes_done: int = 0

    def add_bytes(self, count: int) -> None:
        """Counts bytes read; a file that grew meanwhile does not take it over the total."""
        self.bytes_done = min(self.bytes, self.bytes_done + count)

    def expect(self, files: int, bytes: int) -> None:
        """So much there is in all from here on, known once it has been counted."""
        self.files, self.bytes = files, bytes
        self.files_done = self.bytes_done = 0

    def done(self, bytes: int) -> None:
        """One more file, of so many bytes."""
        self.files_done += 1
        self.add_bytes(bytes)

    def line(self) -> str:
        """Where it stands, in words."""
        files = f"{self.files_done} of {self.files} files"
        if self.files and not self.bytes:
            return files  # how many bytes nobody knows
        share = 100 * self.bytes_done // self.bytes if self.bytes else 100
        return f"{files}, {share} % of {as_size(self.bytes)}"


class Progress(Protocol):
    """Anything that can say how far it is."""

    def line(self) -> str:
        """Where it stands, in words."""


@dataclass(slots=True)
class RowTally:
    """Rows that are done, of all there are."""

    rows: int = 0
    done: int = 0

    def expect(self, rows: int) -> None:
        """So many there are in all, known once they have been counted."""
        self.rows = rows

    def add(self, count: int) -> None:
        self.done += count

    def line(self) -> str:
        """Where it stands, in words."""
        return f"{self.done} of {self.rows} rows"


@asynccontextmanager
async def told(tally: Progress, *, doing: str, every: float = 5.0) -> AsyncIterator[None]:
    """Tells a line on stderr now and again for as long as the context lasts."""
    task = asyncio.create_task(lines(tally, partial(tell_line, doing=doing), every=every))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def shown(tally: Tally, *, doing: str = "importing") -> AsyncIterator[None]:
    """Shows the tally on stderr for as long as the context lasts."""
    tell = partial(tell_line, doing=doing)
    work = _bar(tally) if sys.stderr.isatty() else lines(tally, tell, every=EVERY_SECONDS)
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def lines(tally: Progress, tell: Callable[[str], object], *, every: float) -> None:
    """Tells a line now and again until cancelled."""
    while True:
        await asyncio.sleep(every)
        tell(tally.line())


def tell_line(line: str, doing: str = "importing") -> None:
    """A progress line for a log."""
    print(f"{doing}: {line}", file=sys.stderr, flush=True)


async def _bar(tally: Tally) -> None:
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.fields[files]}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
    )
    # stdout that is a pipe must not be drawn into the terminal
    into_terminal = sys.stdout.isatty()
    with progress.Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=into_terminal
    ) as bar:
        task = bar.add_task("", total=tally.bytes, files="")
        while True:
            done = f"{tally.files_done}/{tally.files} files"
            bar.update(task, completed=tally.bytes_done, total=tally.bytes, files=done)
            await asyncio.sleep(0.1)


def as_size(count: int) -> str:
    """Bytes for people: `2.5 MB`."""
    size, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
