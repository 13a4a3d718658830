"""The folder that a vault is being put together in: whose it is, and what it is left with."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dictabelt.cli import aside, tell
from dictabelt.cli.exits import Exit, Problem
from dictabelt.cli.opening import settings_of
from dictabelt.core.restoring import demand_bare

if TYPE_CHECKING:
    from dictabelt.core.premises import Site
    from dictabelt.settings import Settings


async def claim(site: "Site", settings: "Settings", *, snapshot: str) -> None:
    """Marks the folder as one that this snapshot is restored into, with all that belongs to it.

    Raises Problem, Conflict where a vault is, StorageFailed, OSError.
    """
    from dictabelt.app import BEGUN, FILES

    folder, mark = settings.data, settings.data / BEGUN
    mine = {
        "snapshot": snapshot,
        "database": _address(settings.database),
        "blobs": settings.blobs,
    }
    if mark.exists():
        _refuse_another(json.loads(mark.read_bytes()), mine, folder)
        return
    _refuse_full(folder)
    await site.database.demand_empty()
    if settings.blobs != FILES:
        await demand_bare(site.store)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with aside.replacing(mark, mode=0o600) as file:
        file.write(json.dumps(mine).encode())


def release(folder: Path) -> None:
    """The restore is over, and the folder a vault's. Raises OSError."""
    from dictabelt.app import BEGUN

    (folder / BEGUN).unlink()


@contextmanager
def room(folder: Path) -> Iterator[Path]:
    """Where the database is put together; what a restore that was cut off left goes."""
    scratch = folder / "restore.scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    yield scratch / "database"
    shutil.rmtree(scratch)


def keep_settings(settings: "Settings", *, database: str | None, blobs: str | None) -> None:
    """Writes what the command line said into the folder, so that the vault is found again.

    Tells where other settings stand in the way.
    """
    from dictabelt.settings import FILE

    given = {"database": database, "blobs": blobs}
    lines = [f"{name} = {json.dumps(it)}\n" for name, it in given.items() if it is not None]
    file = settings.data / FILE
    if lines and not file.exists():
        with aside.fresh(file, mode=0o600) as made:
            made.write("".join(lines).encode())
    found = settings_of(data=settings.data)
    wrong = [it for it in given if getattr(found, it) != getattr(settings, it)]
    if wrong:
        tell.complain(
            f"the environment or {file} says another {' and '.join(wrong)};"
            " change that before you start the vault"
        )


def _refuse_another(begun: dict[str, str], mine: dict[str, str], folder: Path) -> None:
    if begun != mine:
        was = f"snapshot {begun['snapshot'][:8]} into {begun['database']} and {begun['blobs']}"
        raise Problem(
            f"a restore of {was} was begun in {folder}; "
            f"say that again (--snapshot {begun['snapshot'][:8]}), or empty the folder",
            Exit.USAGE,
        )


def _refuse_full(folder: Path) -> None:
    from dictabelt.settings import FILE

    others = {it.name for it in folder.iterdir()} - {FILE} if folder.exists() else set()
    if others:
        raise Problem(
            f"{folder} is not empty ({min(others)}); name a new folder with --data", Exit.USAGE
        )


def _address(url: str) -> str:
    """Host and name of a database, without who asks and the password."""
    return url.rpartition("@")[2].partition("?")[0]
