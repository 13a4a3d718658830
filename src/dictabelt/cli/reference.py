"""The generated part of `docs/cli.md`: exit codes, and the help of every command."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from dictabelt.cli.commands import NAME, program
from dictabelt.cli.exits import MEANING, Exit

MARK = "<!-- from here on: python -m dictabelt.cli.reference docs/cli.md -->\n"


def generated() -> str:
    """Markdown, from the commands themselves."""
    codes = "\n".join(f"| {it.value} | {MEANING[it]} |" for it in Exit)
    parts = [f"## Exit codes\n\n| code | meaning |\n|---|---|\n{codes}\n", "## Commands\n"]
    parts += [f"### {path}\n\n```text\n{text}\n```\n" for path, text in helps()]
    return "\n".join(parts)


def helps() -> Iterator[tuple[str, str]]:
    """Every command's path, such as `dictabelt key add`, and its help as `--help` prints it."""
    command: Any = program()
    # as wide as --help on a terminal of 80 columns
    top = command.make_context(NAME, [], resilient_parsing=True, terminal_width=78)
    yield from _below(command, top)


def rewritten(text: str) -> str:
    """The document with its generated part made anew."""
    return text.partition(MARK)[0] + MARK + "\n" + generated()


def _below(command: Any, context: typer.Context) -> Iterator[tuple[str, str]]:
    yield context.command_path, command.get_help(context)
    for name, inner in getattr(command, "commands", {}).items():
        yield from _below(
            inner, inner.make_context(name, [], parent=context, resilient_parsing=True)
        )


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(rewritten(document.read_text("utf-8")), "utf-8")
