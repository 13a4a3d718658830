"""A database that a vault is restored into: nothing was there before, and at the end all is."""

import asyncio
import hashlib
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from dictabelt.core.errors import Conflict
from dictabelt.core.ports import Database
from dictabelt.core.watch import RowWatch
from dictabelt.db.inspection import opened_copy
from dictabelt.durable import forget_empty, publish, sync_folder


class FileToFill:
    """An SQLite file that is to come."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def demand_empty(self) -> None:
        """Raises Conflict where it is there."""
        if self._path.exists():
            raise Conflict(f"{self._path} is there; restore into another folder")

    async def filled(self, copy: Path) -> bool:
        """Whether the copy is the file already. Raises Conflict for another file, OSError.

        Nobody else restores into its folder meanwhile.
        """
        forget_empty(self._path)
        if not self._path.exists():
            return False
        if await asyncio.to_thread(_sha256, copy) != await asyncio.to_thread(_sha256, self._path):
            raise Conflict(f"{self._path} is not what was restored; restore into another folder")
        return True

    async def fill(self, copy: Path, watch: RowWatch) -> None:
        """The copy is the file from then on. Raises Conflict, OSError."""
        del watch
        try:
            publish(copy, self._path)
        except FileExistsError:
            raise Conflict(f"{self._path} came meanwhile; restore into another folder") from None
        sync_folder(self._path.parent)

    def opened(self) -> AbstractAsyncContextManager[Database]:
        """The rows of the file. Raises StorageFailed."""
        return opened_copy(self._path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
