"""A closed vault on disk, to be damaged: its files, its rows, and what they say of each other."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Folder:
    """The data folder of a vault that nobody has open."""

    path: Path

    def rows(self, query: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self.path / "vault.sqlite3")) as connection:
            found = connection.execute(query, values).fetchall()
            connection.commit()
        return found

    def blob(self, key: str) -> Path:
        return self.path / "blobs" / key

    def blobs(self) -> dict[str, bytes]:
        """All stored bytes by key."""
        root = self.path / "blobs"
        files = [it for it in root.rglob("*") if it.is_file()]
        return {it.relative_to(root).as_posix(): it.read_bytes() for it in files}

    def original(self, recording: object) -> Path:
        """The stored file of a recording's first media."""
        query = "SELECT blob FROM media WHERE hex(recording) = ? ORDER BY position"
        return self.blob(self.rows(query, str(recording).replace("-", "").upper())[0][0])


def flip(path: Path) -> None:
    """One bit in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\0")


def remove(path: Path) -> None:
    path.unlink()


Harm = Callable[[Path], None]
