"""The file store: one immutable file a key, under one folder."""

import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, cast

from dictabelt.blobs.aside import Aside, Grown, nobody, sweep
from dictabelt.blobs.faults import refusals, storage_failed
from dictabelt.blobs.folders import Folders
from dictabelt.blobs.growing import Growing, Tide
from dictabelt.blobs.keys import INCOMING, checked, is_key
from dictabelt.blobs.reading import FileBlob, Glance, glance
from dictabelt.blobs.sink import BATCH, Sink
from dictabelt.blobs.threads import in_thread
from dictabelt.core.errors import NotFound
from dictabelt.core.inventory import Entry
from dictabelt.core.ports import Blob, Stored
from dictabelt.durable import sync_folder

_ABSENT: Final = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
_EARLY: Final = 64 * 1024  # somebody waits for the first bytes
_MISSING: Final = "the bytes are not there"


class FileBlobs:
    """Implements `Blobs`; several processes may share `root`.

    A key is written once: a second put of it raises Conflict, whoever comes first, so that no
    reader ever sees bytes change. Files are readable by the vault's own user only.
    """

    def __init__(self, root: Path, *, look: Glance = glance) -> None:
        """`look` reads what needs no waiting; the default suits the system."""
        self._root = root.absolute()
        self._folder = str(self._root)
        self._incoming = self._root / INCOMING
        self._folders = Folders(self._root)
        self._look = look

    async def prepare(self) -> None:
        """Makes the folder (its parent must be there) and tries everything a put needs.

        Raises StorageFailed that says what to do.
        """
        await in_thread(self._prepare)

    async def sweep(self, *, before: datetime) -> int:
        """Removes what writers that are gone left unfinished before `before`; returns how many.

        Raises StorageFailed.
        """
        return await in_thread(self._sweep, before.timestamp())

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> Stored:
        """All or nothing, even across a power cut. Raises Conflict or StorageFailed."""
        target = self._target(key)
        async with self._aside() as aside:
            held: list[bytes] = []
            size = 0
            async for chunk in chunks:
                held.append(chunk)
                size += len(chunk)
                if size >= BATCH:
                    await in_thread(aside.write, b"".join(held))
                    held, size = [], 0
            return await in_thread(aside.keep, b"".join(held), target)

    async def fill(self, key: str, write: Callable[[BinaryIO], None]) -> Stored:
        """Like `put`, of what `write` appends to its file; cancelled, the next append raises.

        What `write` raises goes on to the caller. Raises Conflict or StorageFailed.
        """
        async with self._aside() as aside:
            return await self._fill(key, write, aside=aside, sink=Sink(aside))

    def grow(self, key: str, write: Callable[[BinaryIO], None]) -> Growing:
        """Like `fill`, begun at once; its bytes can be read as they come."""

        async def work(tide: Tide) -> Stored:
            async with self._aside(tide.rise) as aside:
                return await self._fill(key, write, aside=aside, sink=Sink(aside, _EARLY))

        return Growing(work, reopen=lambda: self.open(key))

    async def _fill(
        self, key: str, write: Callable[[BinaryIO], None], *, aside: Aside, sink: Sink
    ) -> Stored:
        target = self._target(key)
        await in_thread(write, cast(BinaryIO, sink), stop=sink.stop)
        return await in_thread(aside.keep, sink.rest(), target)

    async def open(self, key: str) -> Blob:
        """Raises NotFound or StorageFailed."""
        path = f"{self._folder}/{checked(key)}"  # Path takes as long as opening does
        try:
            return FileBlob(path, self._look)
        except _ABSENT as error:
            self._demand_root()
            raise NotFound(_MISSING) from error
        except OSError as error:
            raise storage_failed(error, Path(path)) from error

    @asynccontextmanager
    async def local(self, key: str) -> AsyncIterator[Path]:
        """The file itself; once open it can be read to its end even if the key is deleted.

        Raises NotFound or StorageFailed.
        """
        path = self._target(key)
        with refusals(path):
            there = await in_thread(path.is_file)
        if not there:
            self._demand_root()
            raise NotFound(_MISSING)
        yield path

    async def delete(self, key: str) -> None:
        """Forgets the key for good; a missing one is no error. Raises StorageFailed."""
        await in_thread(self._delete, self._target(key))

    async def keys(self) -> AsyncIterator[str]:
        """Every key, in no order; those put or deleted meanwhile may or may not show.

        Raises StorageFailed.
        """
        listed = self.entries()
        async for it in listed:
            yield it.key

    async def entries(self, under: str = "") -> AsyncIterator[Entry]:
        """As `keys`, with size and time of the last write; of the folder `under` alone."""
        folders = [self._root / under]
        while folders:
            inner, entries = await in_thread(self._listed, folders.pop())
            folders += inner
            for it in entries:
                yield it

    @asynccontextmanager
    async def _aside(self, grown: Grown = nobody) -> AsyncIterator[Aside]:
        aside = Aside(self._incoming, self._folders, grown=grown)
        try:
            yield aside
        except BaseException as error:
            await in_thread(aside.discard)
            if aside.failure in (None, error) or not isinstance(error, Exception):
                raise
            # a codec has dressed the disk's refusal up as an error of its own
            raise aside.failure from error

    def _target(self, key: str) -> Path:
        return self._root / checked(key)

    def _demand_root(self) -> None:
        with refusals(self._root):
            os.scandir(self._root).close()

    def _prepare(self) -> None:
        with refusals(self._root):
            if not self._root.is_dir():
                self._root.mkdir(mode=0o700)
                sync_folder(self._root.parent)
        trial = Aside(self._incoming, self._folders)
        try:
            trial.keep(b"trial", self._incoming / secrets.token_hex(16))
        finally:
            trial.discard()

    def _sweep(self, before: float) -> int:
        with refusals(self._incoming):
            self._incoming.mkdir(mode=0o700, exist_ok=True)
            return sweep(self._incoming, before)

    def _delete(self, path: Path) -> None:
        with refusals(path):
            try:
                path.unlink(missing_ok=True)
                sync_folder(path.parent)  # also when missing: an earlier unlink may not be synced
            except _ABSENT:
                self._demand_root()

    def _listed(self, folder: Path) -> tuple[list[Path], list[Entry]]:
        """The folders and the keys in `folder`; nothing of what is not ours, such as lost+found."""
        inner: list[Path] = []
        found: list[Entry] = []
        with refusals(folder), suppress(FileNotFoundError), os.scandir(folder) as entries:
            for entry in entries:
                name = Path(entry.path).relative_to(self._root).as_posix()
                if is_key(name) and entry.is_dir(follow_symlinks=False):
                    inner.append(Path(entry.path))
                elif is_key(name) and entry.is_file(follow_symlinks=False):
                    found += _entry(name, entry)
        self._demand_root()
        return inner, found


def _entry(name: str, file: "os.DirEntry[str]") -> list[Entry]:
    """None where the file was deleted since."""
    try:
        it = file.stat(follow_symlinks=False)
    except FileNotFoundError:
        return []
    return [Entry(name, it.st_size, datetime.fromtimestamp(it.st_mtime, UTC))]
