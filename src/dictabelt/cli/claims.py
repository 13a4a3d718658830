"""The folder that a vault is being put together in: whose it is, and what it is left with."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from dictabelt.cli import aside
from dictabelt.cli.exits import Exit, Problem
from dictabelt.cli.opening import settings_of
from dictabelt.core.restoring import demand_bare
from dictabelt.durable import forget_empty, sync_folder

if TYPE_CHECKING:
    from dictabelt.core.premises import Site
    from dictabelt.settings import Settings

_KEPT = ("snapshot", "database", "blobs", "step")
# What names a server in the query of its URL; the rest is who asks, and how.
_PLACE = ("host", "port", "dbname", "database")


class Step(StrEnum):
    """What a restore is at: blobs come, then rows, and once those are in, marks go."""

    BLOBS = "blobs"
    ROWS = "rows"
    MARKS = "marks"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Nobody else restores into the folder; one that was made for it and stays empty goes.

    Raises Problem while another process has it, OSError.
    """
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as closing:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        closing.callback(os.close, handle)
        _take(handle, folder)
        if made:
            closing.callback(_drop_empty, folder)
        yield


async def claim(site: "Site", settings: "Settings", *, snapshot: str) -> Step:
    """Marks the folder as one that this snapshot is restored into, with all that belongs to it.

    The step at which an earlier try was cut off, or the first. Raises Problem, Conflict where a
    vault is, StorageFailed, OSError.
    """
    from dictabelt.app import BEGUN, FILES

    folder, mark = settings.data, settings.data / BEGUN
    mine = _mark(settings, snapshot, step=Step.BLOBS)
    if mark.exists():
        begun = _read(mark)
        _refuse_another(begun, mine, folder)
        return Step(begun["step"])
    _refuse_full(folder)
    await site.database.demand_empty()
    if settings.blobs != FILES:
        await demand_bare(site.store)
    _write(mark, mine)
    return Step.BLOBS


def reach(settings: "Settings", *, snapshot: str, step: Step) -> None:
    """Keeps in the folder that this step is reached. Raises OSError."""
    from dictabelt.app import BEGUN

    _write(settings.data / BEGUN, _mark(settings, snapshot, step=step))


def release(folder: Path) -> None:
    """The restore is over, and the folder a vault's. Raises OSError."""
    from dictabelt.app import BEGUN

    (folder / BEGUN).unlink()
    sync_folder(folder)


@contextmanager
def room(folder: Path) -> Iterator[Path]:
    """Where the database is put together; what a restore that was cut off left goes."""
    scratch = folder / "restore.scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    yield scratch / "database"
    shutil.rmtree(scratch)


def keep_settings(folder: Path, *, database: str | None, blobs: str | None) -> None:
    """Writes what the command line said into the folder, so that the vault is found again.

    Nobody else restores into it meanwhile. Raises OSError.
    """
    from dictabelt.settings import FILE

    given = {"database": database, "blobs": blobs}
    lines = [f"{name} = {json.dumps(it)}\n" for name, it in given.items() if it is not None]
    if not lines:
        return
    forget_empty(folder / FILE)
    if not (folder / FILE).exists():
        with aside.fresh(folder / FILE, mode=0o600) as made:
            made.write("".join(lines).encode())
        sync_folder(folder)


def led_astray(settings: "Settings") -> str | None:
    """What to tell where other settings stand in the way of the vault. Raises Problem."""
    from dictabelt.settings import FILE

    found = settings_of(data=settings.data)
    names = ("database", "blobs")
    wrong = [it for it in names if getattr(found, it) != getattr(settings, it)]
    if not wrong:
        return None
    return (
        f"the environment or {settings.data / FILE} says another {' and '.join(wrong)};"
        " change that before you start the vault"
    )


def _drop_empty(folder: Path) -> None:
    with suppress(OSError):  # it is not empty
        folder.rmdir()


def _take(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Problem(
            f"another restore into {folder} is at work; wait for it", Exit.REFUSED
        ) from None


def _mark(settings: "Settings", snapshot: str, *, step: Step) -> dict[str, str]:
    place = _address(settings.database)
    return dict(zip(_KEPT, (snapshot, place, settings.blobs, step), strict=True))


def _write(mark: Path, told: dict[str, str]) -> None:
    with aside.replacing(mark, mode=0o600) as file:
        file.write(json.dumps(told).encode())
    sync_folder(mark.parent)


def _read(mark: Path) -> dict[str, str]:
    """Raises Problem for what another version wrote, or nobody."""
    try:
        told = json.loads(mark.read_bytes())
        begun = {it: str(told[it]) for it in _KEPT}
        Step(begun["step"])
    except (ValueError, KeyError, TypeError):
        raise Problem(
            f"{mark} is damaged, or of another version; empty the folder, or name a new one"
            " with --data",
            Exit.USAGE,
        ) from None
    return begun


def _refuse_another(begun: dict[str, str], mine: dict[str, str], folder: Path) -> None:
    if begun | {"step": ""} != mine | {"step": ""}:
        was = f"snapshot {begun['snapshot'][:8]} into {begun['database']} and {begun['blobs']}"
        raise Problem(
            f"a restore of {was} was begun in {folder}; "
            f"say that again (--snapshot {begun['snapshot'][:8]}), or empty the folder",
            Exit.USAGE,
        )


def _refuse_full(folder: Path) -> None:
    from dictabelt.settings import FILE

    others = {it.name for it in folder.iterdir()} - {FILE}
    if others:
        raise Problem(
            f"{folder} is not empty ({min(others)}); name a new folder with --data", Exit.USAGE
        )


def _address(url: str) -> str:
    """Host and name of a database, without who asks and the password."""
    place, _, options = url.partition("?")
    named = [f"{name}={it}" for name, it in parse_qsl(options) if name in _PLACE]
    return " ".join([place.rpartition("://")[2].rpartition("@")[2], *named])
