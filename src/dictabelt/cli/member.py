"""What a process of a crew is told by its parent, and how the parent starts it."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from dictabelt.server.tether import Member


def member(text: str) -> Member:
    """Reads `1:3:5`. Raises BadParameter."""
    try:
        number, listener, tether = map(int, text.split(":"))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is for `dictabelt serve --workers` to say") from None
    return Member(number, listener, tether)


def starting(data: Path, host: str) -> Callable[[Member], Sequence[str]]:
    """The command of a member; the rest it reads from the settings, as the parent did."""

    def command(it: Member) -> Sequence[str]:
        which = f"{it.number}:{it.listener}:{it.tether}"
        given = ("--data", str(data), "--host", host, "--member", which)
        return [sys.executable, "-m", "dictabelt", "serve", *given]

    return command
