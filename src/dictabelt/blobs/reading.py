"""Reading a kept file: at once what the page cache has, in a thread what the disk has."""

import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Final

from dictabelt.blobs.faults import storage_failed
from dictabelt.blobs.threads import in_thread
from dictabelt.core.damage import Damage
from dictabelt.core.errors import Damaged
from dictabelt.core.ports import Stretch

PIECE: Final = 256 * 1024
_PROBED: Final = 256 * 1024  # where the cache holds both ends of so little, it holds the middle
_NOWAIT: Final[int | None] = getattr(os, "RWF_NOWAIT", None)

Glance = Callable[[int, range], bytes]
"""(descriptor, wanted offsets) -> the bytes that are there without waiting, maybe none."""


def glance(handle: int, wanted: range) -> bytes:
    """What the page cache holds from the first offset on; preadv2(2), RWF_NOWAIT, Linux 4.14."""
    if _NOWAIT is None:
        return b""
    buffer = bytearray(len(wanted))
    try:
        count = os.preadv(handle, [buffer], wanted.start, _NOWAIT)
    except OSError:  # cold, or a file system without the flag; a true fault returns in the thread
        return b""
    return bytes(memoryview(buffer)[:count])


def no_glance(_handle: int, _wanted: range) -> bytes:
    """For systems where a read cannot promise not to wait."""
    return b""


class FileBlob:
    """A file opened for reading; deleting its key does not take it away."""

    def __init__(self, path: str, look: Glance) -> None:
        """Raises OSError."""
        self._path = path
        self._look = look
        self._file = FileIO(path)
        self._handle = self._file.fileno()
        self._size = os.fstat(self._handle).st_size
        self._users = 1
        self._closed = False

    @property
    def size(self) -> int:
        return self._size

    async def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes, or what is left before the end.

        Warm bytes (up to 256 KiB) come without a suspension. Raises StorageFailed, and ValueError
        once closed.
        """
        if self._closed:
            raise ValueError("read of a closed blob")
        wanted = min(length, self._size - offset)
        if wanted <= 0:
            return b""
        warm = self._look(self._handle, range(offset, offset + wanted)) if wanted <= PIECE else b""
        if len(warm) == wanted:
            return warm
        self._users += 1
        try:
            return warm + await in_thread(self._wait_for, wanted - len(warm), offset + len(warm))
        finally:
            self._release()

    async def lay(self, offset: int, length: int) -> Stretch:
        """Where these bytes, which must be within the file, lie; cold ones are read before.

        Raises StorageFailed, and ValueError once closed.
        """
        if self._closed:
            raise ValueError("a closed blob")
        end = offset + length
        for it in (*range(offset, end, _PROBED), end - 1):
            if not self._look(self._handle, range(it, it + 1)):
                await self._warm(length, offset)
                break
        return Stretch(self._handle, offset)

    async def _warm(self, length: int, offset: int) -> None:
        self._users += 1
        try:
            await in_thread(self._wait_for, length, offset)
        finally:
            self._release()

    async def close(self) -> None:
        """A read that is under way ends first; its descriptor must not become another file's."""
        if not self._closed:
            self._closed = True
            self._release()

    def _release(self) -> None:
        self._users -= 1
        if not self._users:
            self._file.close()

    def _wait_for(self, length: int, offset: int) -> bytes:
        pieces: list[bytes] = []
        while length:
            piece = self._pread(length, offset)
            pieces.append(piece)
            length -= len(piece)
            offset += len(piece)
        return b"".join(pieces)

    def _pread(self, length: int, offset: int) -> bytes:
        try:
            piece = os.pread(self._handle, length, offset)
        except OSError as error:
            raise storage_failed(error, Path(self._path)) from error
        if not piece:
            failure = Damaged("a stored file is shorter than it was; check the disk", Damage.SHORT)
            failure.add_note(f"{self._path}: nothing at {offset}, had {self._size} bytes")
            raise failure
        return piece
