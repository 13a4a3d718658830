"""A file in the making: written aside under a lock, then kept whole under its name or discarded."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dictabelt.blobs.faults import link_refusals, refusals
from dictabelt.blobs.folders import Folders
from dictabelt.core.errors import Conflict, StorageFailed
from dictabelt.core.ports import Stored
from dictabelt.durable import sync, sync_folder

_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC

Grown = Callable[[int, int], None]


def nobody(_handle: int, _size: int) -> None:
    """Nobody reads what is being written."""


class Aside:
    """One file in `incoming`; made on the first write. Its methods block: call them in a thread.

    `failure` is the first refusal of the disk. After it every call raises it again, so that
    neither a retried fsync nor a writer that swallows errors can turn it into a success.
    """

    def __init__(self, incoming: Path, folders: Folders, *, grown: Grown = nobody) -> None:
        """`grown` hears the descriptor and the size after each write; it must not block."""
        self.failure: StorageFailed | None = None
        self._path = incoming / secrets.token_hex(16)
        self._folders = folders
        self._handle: int | None = None
        self._kept: Path | None = None
        self._grown = grown
        self._size = 0
        self._hash = hashlib.sha256()

    def write(self, data: bytes | bytearray) -> None:
        """Appends all of `data`. Raises StorageFailed."""
        with self._remembering(), refusals(self._path):
            handle = self._opened()
            self._hash.update(data)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(handle, rest) :]
            self._size += len(data)
            self._grown(handle, self._size)

    def keep(self, last: bytes | bytearray, target: Path) -> Stored:
        """Appends `last` and gives the file its name; all of it is on the disk on return.

        link(2), not rename(2): it refuses a name that is taken, in one step. Raises Conflict
        then, and StorageFailed.
        """
        self.write(last)
        with self._remembering():
            with refusals(self._path):
                sync(self._opened())
                self._folders.grow(target.parent)
            self._link(target)
            with suppress(OSError):  # a name too many is swept later
                self._path.unlink()
            with refusals(target.parent):
                sync_folder(target.parent)
        self._close()
        return Stored(self._size, self._hash.hexdigest())

    def finish(self, last: bytes | bytearray) -> tuple[int, Stored]:
        """Appends `last`, for bytes that are kept elsewhere: a descriptor to read them by.

        The descriptor is good until `discard`. Raises StorageFailed.
        """
        self.write(last)
        with self._remembering(), refusals(self._path):
            return self._opened(), Stored(self._size, self._hash.hexdigest())

    def named(self) -> Path:
        """Where the bytes are until `discard`. Raises StorageFailed."""
        self.write(b"")
        return self._path

    def discard(self) -> None:
        """Leaves nothing behind, not even a kept name: whoever discards has not acknowledged it."""
        for path in (self._kept, self._path if self._handle is not None else None):
            with suppress(OSError):  # swept later
                if path is not None:
                    path.unlink()
        self._close()

    def _link(self, target: Path) -> None:
        with link_refusals(target):
            try:
                os.link(self._path, target)
            except FileExistsError as error:
                raise Conflict("these bytes are kept already and never change") from error
        self._kept = target

    def _opened(self) -> int:
        while self._handle is None:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            self._handle = os.open(self._path, _CREATE, 0o600)
            fcntl.flock(self._handle, fcntl.LOCK_EX)
            if not os.fstat(self._handle).st_nlink:  # a sweep came before the lock
                self._close()
                # another sweep may be about to remove this name
                self._path = self._path.with_name(secrets.token_hex(16))
        return self._handle

    def _close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            with suppress(OSError):  # synced or discarded: nothing is left to go wrong
                os.close(handle)

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        if self.failure is not None:
            raise self.failure
        try:
            yield
        except StorageFailed as failure:
            self.failure = failure
            raise


def sweep(incoming: Path, before: float) -> int:
    """Removes files last written before `before` (Unix seconds) whose writer is gone.

    A living writer holds the file's lock. Returns how many went. Raises OSError.
    """
    return sum(_swept(path, before) for path in incoming.iterdir() if path.is_file())


def _swept(path: Path, before: float) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        if os.fstat(handle).st_mtime >= before:
            return False
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
