"""What a process of a crew is told by its parent, and how the parent starts it."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer


@dataclass(frozen=True, slots=True)
class Member:
    """Which of several processes this is, and its descriptors of the socket and the tether."""

    number: int
    listener: int
    tether: int


def member(text: str) -> Member:
    """Reads `1:3:5`. Raises BadParameter."""
    try:
        number, listener, tether = map(int, text.split(":"))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is for `dictabelt serve --workers` to say") from None
    return Member(number, listener, tether)


def starting(data: Path, host: str) -> Callable[[int, int, int], Sequence[str]]:
    """The command of a member; the rest it reads from the settings, as the parent did."""

    def command(number: int, listener: int, tether: int) -> Sequence[str]:
        which = f"{number}:{listener}:{tether}"
        given = ("--data", str(data), "--host", host, "--member", which)
        return [sys.executable, "-m", "dictabelt", "serve", *given]

    return command
