"""All commands together, and what becomes of their mistakes: one line that says the fix."""

import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from typer.main import get_command

from dictabelt.cli import (
    accounts,
    backup,
    blobs,
    bring,
    check,
    database,
    demo,
    doctor,
    events,
    fetch,
    keys,
    link_keys,
    look,
    packing,
    remove,
    restore,
    serve,
    sign,
    worker,
)
from dictabelt.cli.exits import MEANING, Exit, Problem
from dictabelt.cli.options import group
from dictabelt.cli.tell import complain
from dictabelt.core.errors import Invalid, StorageFailed, VaultError

NAME = "dictabelt"
_HINTS = {
    "no such recording": "; `dictabelt ls` shows those of the account",
    "no such media": "; `dictabelt show ID` shows what the recording has",
}
_EXIT_CODES = "\b\nExit codes:\n" + "\n".join(f"  {it:>3}  {MEANING[it]}" for it in Exit)


def program() -> Callable[..., Any]:
    """The whole command tree; called with arguments, it gives what the command returned."""
    app = group(context_settings={"help_option_names": ["-h", "--help"]})
    app.callback(invoke_without_command=True, epilog=_EXIT_CODES)(_top)
    groups = (demo, serve, worker, accounts, keys, link_keys, bring, look, fetch, remove, sign)
    for it in (*groups, events, packing, check, backup, restore, database, blobs, doctor):
        app.add_typer(it.commands)
    return get_command(app)


def obey(arguments: Sequence[str] | None) -> int:
    """Runs one command; every foreseen mistake becomes one line on stderr and an exit code."""
    given = None if arguments is None else list(arguments)
    try:
        code: int = program()(given, prog_name=NAME, standalone_mode=False) or Exit.DONE
        sys.stdout.flush()
        return code
    except typer.TyperException as mistake:
        return _refuse(_usage(mistake), Exit.USAGE)
    except typer.Abort:
        return _refuse("no answer; nothing was done", Exit.REFUSED)
    except BrokenPipeError:
        raise
    except OSError as error:
        where = error.filename or "stdout"
        return _refuse(f"{where}: {error.strerror}; make room, or mend it", Exit.STORAGE)
    except Problem as problem:
        return _refuse(str(problem), problem.exit)
    except VaultError as refusal:
        return _refuse(str(refusal) + _HINTS.get(str(refusal), ""), _exit_of(refusal))


def _top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """A vault for call recordings that answers in five voice vendors' APIs.

    Start with `dictabelt demo`, or with `dictabelt account add NAME` and `dictabelt serve`.
    """
    if version:
        from dictabelt import __version__

        print(f"{NAME} {__version__}")
        raise typer.Exit(Exit.DONE)
    if context.invoked_subcommand is None:
        print(context.get_help())


def _usage(mistake: typer.TyperException) -> str:
    context = getattr(mistake, "ctx", None)
    text = mistake.format_message().replace("Value error, ", "").rstrip(".")
    where = context.command_path if context is not None else NAME
    return f"{text}; `{where} --help` shows how"


def _exit_of(refusal: VaultError) -> Exit:
    if isinstance(refusal, StorageFailed):
        return Exit.STORAGE
    return Exit.USAGE if isinstance(refusal, Invalid) else Exit.REFUSED


def _refuse(text: str, code: Exit) -> int:
    complain(text)
    return code
