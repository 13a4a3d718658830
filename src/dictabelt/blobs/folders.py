"""Folders that outlive a power cut."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from dictabelt.durable import sync_folder

_REMEMBERED: Final = 10_000


class Folders:
    """Folders under `root` known to be on the disk; used from several threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._durable: set[Path] = set()

    def grow(self, folder: Path) -> None:
        """Makes `folder`, a descendant of the root, and brings every name on the way to the disk.

        A folder found there is synced too, once: another put may have made it and not have got
        to its own sync yet. Raises OSError.
        """
        if folder in self._durable and folder.is_dir():
            return  # those above it were made sure of before it was
        above = [level for level in folder.parents if level.is_relative_to(self._root)][:-1]
        for level in (*reversed(above), folder):
            if level not in self._durable or not level.is_dir():
                self._add(level)

    def _add(self, level: Path) -> None:
        with suppress(FileExistsError):
            level.mkdir(mode=0o700)
        try:
            sync_folder(level.parent)
        except OSError:
            with suppress(OSError):
                level.rmdir()
            raise
        if len(self._durable) >= _REMEMBERED:
            self._durable.clear()
        self._durable.add(level)
