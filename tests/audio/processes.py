"""Looks at processes, of any parent (Linux)."""

import os
import select
from pathlib import Path


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(it) for task in tasks for it in task.read_text().split()]


def only(found: list[int]) -> int:
    (one,) = found
    return one


def cell_of(warden: int, path: Path) -> int:
    """The one that has `path` open; the warden may be burying others."""
    return only([it for it in children(warden) if str(path) in open_files(it)])


def open_files(process: int) -> list[str]:
    """None of a process that is gone."""
    try:
        return [str(it.readlink()) for it in Path(f"/proc/{process}/fd").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def wardens() -> list[int]:
    """Those of this process, of this test and of others."""
    found = children(os.getpid())
    return [it for it in found if b"cell_warden" in Path(f"/proc/{it}/cmdline").read_bytes()]


class Watched:
    """A process of any parent; its number cannot be taken for another's."""

    def __init__(self, process: int) -> None:
        self.id = process
        self._handle = os.pidfd_open(process)

    def ends(self) -> bool:
        """Waits for that, for a while."""
        return self._ended(within=20_000)

    def lives(self) -> bool:
        return not self._ended(within=0)

    def __enter__(self) -> "Watched":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def _ended(self, within: int) -> bool:
        ready = select.poll()
        ready.register(self._handle, select.POLLIN)
        return bool(ready.poll(within))
