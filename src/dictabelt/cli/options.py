"""Options that several commands share, and how times and ids are read."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from dictabelt.core.ids import read_uuid

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_PART = re.compile(r"(\d{1,9})([smhd])")
_BASE_URL = re.compile(r"https?://[^/?#@\s]+/?")
_LIFETIME = re.compile(r"(?:\d{1,9}[smhd])+", re.ASCII)


def lifetime(text: str) -> timedelta:
    """Reads `90s`, `15m`, `1h30m`, `7d`; a bare number counts seconds. Raises BadParameter."""
    wanted = text + "s" if text.isascii() and text.isdigit() else text
    if not _LIFETIME.fullmatch(wanted):
        raise typer.BadParameter(f"{text!r} is no length of time; write 90s, 15m, 1h30m or 7d")
    try:
        parts = (timedelta(**{_UNITS[u]: int(n)}) for n, u in _PART.findall(wanted))
        return sum(parts, timedelta())
    except OverflowError:
        raise typer.BadParameter(f"{text!r} is longer than time can be counted") from None


def moment(text: str) -> datetime:
    """Reads ISO 8601 with its zone, into UTC. Raises BadParameter."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise typer.BadParameter(
            f"{text!r} is no instant; write 2026-03-03T09:14:07Z or 2026-03-03T10:14:07+01:00"
        )
    return at.astimezone(UTC)


def uuid_text(text: str) -> str:
    """Checks a UUID. Raises BadParameter."""
    if read_uuid(text) is None:
        raise typer.BadParameter(f"{text!r} is no id; `dictabelt ls` shows them")
    return text.lower()


def base_url(text: str) -> str:
    """Checks scheme and host. Raises BadParameter."""
    if not _BASE_URL.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is no base URL; write https://calls.example.com")
    return text.rstrip("/")


def group(**settings: Any) -> typer.Typer:
    """A place for commands; plain help, which every terminal and pager shows alike."""
    return typer.Typer(rich_markup_mode=None, add_completion=False, **settings)


def examples(*lines: str) -> str:
    """The end of a command's help: lines that can be pasted."""
    return "\b\nExamples:\n" + "\n".join(f"  dictabelt {it}" for it in lines)


# stands for a recording in the examples
SAMPLE = "2f9b6c1e-8d43-4b7a-9f05-6e1d0c3a7b58"
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="The vault's folder.  [default: $DICTABELT_DATA, or ./dictabelt-data]",
    ),
]
Account = Annotated[
    str | None,
    typer.Option(
        "--account", metavar="NAME|ID", help="Whose; may be left out when there is only one."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for machines.")]
RecordingArgument = Annotated[
    str, typer.Argument(metavar="ID", parser=uuid_text, help="The recording, as `ls` shows it.")
]
MediaOption = Annotated[
    str | None,
    typer.Option(
        "--media",
        metavar="ID",
        parser=uuid_text,
        help="One media of several, as `show` shows it.  [default: the first audio]",
    ),
]
