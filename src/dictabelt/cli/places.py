"""Where a backup is, and where one is made: repositories, scratch room, who works there."""

import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from dictabelt.cli.exits import Exit, Problem
from dictabelt.core.repository import Keeper, Repository

Target = Annotated[
    Path, typer.Argument(metavar="TARGET", help="The folder of the backup, on another disk.")
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Its first line is the passphrase of secret.key.",
    ),
]


def repository(target: Path) -> Repository:
    """The repository in a folder, there or not. Raises Problem for what is no folder."""
    from dictabelt.app import depot

    if "://" in str(target) or ":/" in str(target):
        raise Problem(f"{target} is no folder; backups go into folders", Exit.USAGE)
    return Repository(depot(target.absolute()))


def present(target: Path) -> Repository:
    """The same, of a folder that is there. Raises Problem."""
    if not target.is_dir():
        raise Problem(
            f"there is no backup in {target}; make one: `dictabelt backup {target}`", Exit.STORAGE
        )
    return repository(target)


def keeper() -> Keeper:
    """This process."""
    return Keeper(socket.gethostname(), os.getpid(), _running)


def phrase(file: Path | None) -> str | None:
    """The first line of a file. Raises Problem where it is empty."""
    if file is None:
        return None
    line = file.read_text("utf-8").partition("\n")[0].strip()
    if not line:
        raise Problem(f"{file} is empty; write the passphrase into its first line", Exit.USAGE)
    return line


@contextmanager
def scratch(data: Path) -> Iterator[Path]:
    """Room for a copy of the database, on the vault's own disk; what a dead process left goes.

    Raises Problem while another process has it.
    """
    room = data / "backup.scratch"
    room.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(room, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _take(handle)
        for left in room.iterdir():
            left.unlink()
        try:
            yield room
        finally:
            shutil.rmtree(room)
    finally:
        os.close(handle)


def _take(handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Problem(
            "another backup of this vault is at work; wait for it", Exit.REFUSED
        ) from None


def _running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
