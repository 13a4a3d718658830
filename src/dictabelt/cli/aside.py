"""Files that appear whole or not at all: written aside, synced, renamed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dictabelt.durable import publish, sync


@contextmanager
def fresh(target: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A file that becomes `target` at the end. Raises FileExistsError rather than overwrite."""
    with _aside(target, mode) as (file, aside):
        yield file
        _settle(file)
        publish(aside, target)


@contextmanager
def replacing(target: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A file that takes the place of `target` at the end."""
    with _aside(target, mode) as (file, aside):
        yield file
        _settle(file)
        aside.replace(target)


@contextmanager
def _aside(target: Path, mode: int) -> Iterator[tuple[BinaryIO, Path]]:
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:60]}.", dir=target.parent)
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, mode & ~_umask())
            yield file, aside
    finally:
        aside.unlink(missing_ok=True)


def _settle(file: BinaryIO) -> None:
    file.flush()
    sync(file.fileno())


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
