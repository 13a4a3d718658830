"""What commands print: JSON for machines, tables for people, rows for pipes."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime

Row = Sequence[str]


def as_json(value: object) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, indent=2))


def as_json_line(value: object) -> None:
    """One JSON document on one line of stdout, at once."""
    print(json.dumps(value), flush=True)


def say(text: str) -> None:
    """A message for people, on stderr."""
    print(plain(text), file=sys.stderr)


def complain(text: str) -> None:
    """An error, on stderr: a line of its own for each line of `text`."""
    for line in text.splitlines():
        print(f"dictabelt: error: {plain(line)}", file=sys.stderr)


def plain(text: str) -> str:
    """`text` without anything that could move a terminal's cursor or fail to print."""
    readable = text.encode("utf-8", "replace").decode()
    return "".join(it if it.isprintable() else "?" for it in readable)


def as_table(titles: Row, rows: Iterable[Row]) -> None:
    """Aligned under titles on a terminal; elsewhere tab-separated, without titles."""
    cells = [[plain(it) for it in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cells:
            print("\t".join(row))
        return
    # no cell is cut or wrapped: half an id is of no use
    lines = [list(titles), *cells]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (it.ljust(width) for it, width in zip(line, widths, strict=True))
        print("  ".join(padded).rstrip())


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, as `2026-03-03T09:14:07.482913Z`."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def minute(at: datetime | None) -> str:
    """For a table: `2026-03-03 09:14`, UTC."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M}"


def length(milliseconds: int | None) -> str:
    """For a table: `0:07`, `1:02:03`."""
    if milliseconds is None:
        return ""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    if minutes < 60:
        return f"{minutes}:{seconds:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
