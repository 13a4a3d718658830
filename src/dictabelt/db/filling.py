"""A database that a vault is restored into: nothing was there before, and at the end all is."""

import os
from pathlib import Path

from dictabelt.core.errors import Conflict
from dictabelt.core.watch import RowWatch


class FileToFill:
    """An SQLite file that is to come."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def demand_empty(self) -> None:
        """Raises Conflict where it is there."""
        if self._path.exists():
            raise Conflict(f"{self._path} is there; restore into another folder")

    async def fill(self, copy: Path, watch: RowWatch) -> None:
        """The copy is the file from then on. Raises Conflict, OSError."""
        del watch
        try:
            os.link(copy, self._path)  # unlike a rename it never replaces what is there
        except FileExistsError:
            raise Conflict(f"{self._path} came meanwhile; restore into another folder") from None
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
