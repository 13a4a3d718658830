"""Files that are to be imported: found, hashed, read and brought into the vault."""

import asyncio
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING

from dictabelt.cli.tell import plain
from dictabelt.core.ingest import Upload
from dictabelt.core.nouns import Known, Principal, Recording, State

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault

# What a folder is searched for; a file that is named itself is taken whatever it is called.
EXTENSIONS = re.compile(
    r"\.(3gp|aac|ac3|aiff?|alaw|amr|au|awb|caf|flac|gsm|m4a|mka|mp[234]|og[ag]|opus|ra|snd|spx"
    r"|ulaw|voc|wave?|weba|webm|wma|wv)",
    re.IGNORECASE,
)
_PIECE = 1024 * 1024
# Syncs of several files overlap; more than this gains nothing on two cores.
_AT_ONCE = 4
# Larger files are read twice: to know them by their hash, and to keep them if they are new.
_SMALL = 4 * 1024 * 1024


class Fate(StrEnum):
    """What became of a file."""

    IMPORTED = "imported"
    ALREADY = "already"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file and its size in bytes when it was found."""

    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A file's fate; without a recording nothing was kept, with a reason it cannot be played."""

    path: Path
    fate: Fate
    recording: Recording | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    """The hash of a file, and all that is in it where that is little."""

    sha256: str
    content: bytes | None = None


class SourceFailed(Exception):
    """A file that is to be imported cannot be read."""


def gathered(paths: Iterable[Path]) -> list[Incoming]:
    """Every file named, and every audio file in the folders named, each once, in order."""
    files = {it.resolve(): it for path in paths for it in _files(path)}
    return [Incoming(it, _size(it)) for it in files.values()]


async def brought_in(
    vault: "Vault",
    who: Principal,
    *,
    files: Iterable[Incoming],
    known: Known,
    on_bytes: Callable[[int], object],
) -> AsyncGenerator[Outcome, None]:
    """Imports the files, a few at once, and gives each one's outcome as it is known.

    `on_bytes` hears of progress. Raises StorageFailed when the vault cannot go on.
    """
    waiting = iter(files)
    running: set[asyncio.Task[Outcome]] = set()
    carrier = _Carrier(vault, who, known, on_bytes)

    def start(count: int) -> None:
        for _, it in zip(range(count), waiting, strict=False):
            running.add(asyncio.create_task(carrier.carry(it)))

    try:
        start(_AT_ONCE)
        while running:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                running.discard(task)
                yield task.result()
            start(len(done))
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class _Carrier:
    vault: "Vault"
    who: Principal
    known: Known
    on_bytes: Callable[[int], object]

    async def carry(self, file: Incoming) -> Outcome:
        try:
            return await self._carry(file)
        except SourceFailed as reason:
            self.on_bytes(file.size)
            return Outcome(file.path, Fate.FAILED, reason=str(reason))

    async def _carry(self, file: Incoming) -> Outcome:
        look = await asyncio.to_thread(_look, file.path)
        same = await self.vault.recordings.same_bytes(self.who, look.sha256)
        if same is not None:
            self.on_bytes(file.size)
            return _outcome(file.path, same, Fate.ALREADY)
        chunks = self._chunks(file) if look.content is None else self._whole(look.content)
        upload = Upload(chunks, name=plain(file.path.name))
        ingested = await self.vault.ingest.add(self.who, upload, self.known)
        fate = Fate.ALREADY if ingested.duplicate else Fate.IMPORTED
        return _outcome(file.path, ingested.recording, fate)

    async def _whole(self, content: bytes) -> AsyncIterator[bytes]:
        self.on_bytes(len(content))
        yield content

    async def _chunks(self, file: Incoming) -> AsyncIterator[bytes]:
        try:
            with file.path.open("rb") as source:
                while piece := await asyncio.to_thread(source.read, _PIECE):
                    self.on_bytes(len(piece))
                    yield piece
        except OSError as error:
            raise _unread(error) from error


def _outcome(path: Path, recording: Recording, fate: Fate) -> Outcome:
    if recording.state is not State.FAILED:
        return Outcome(path, fate, recording)
    audio = recording.audio
    reason = (audio and audio.fault) or recording.error_code
    failed = Fate.FAILED if fate is Fate.IMPORTED else fate
    return Outcome(path, failed, recording, reason=reason)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(it for it in folders if not it.startswith("."))
        for name in sorted(names):
            # ._name.wav is what macOS leaves beside a file, no audio
            audible = not name.startswith(".") and EXTENSIONS.fullmatch(Path(name).suffix)
            found = Path(folder, name)
            if audible and found.is_file():
                yield found


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _look(path: Path) -> _Look:
    if not path.is_file():
        raise SourceFailed("cannot be read: no ordinary file")
    try:
        with path.open("rb", buffering=0) as file:
            if os.fstat(file.fileno()).st_size > _SMALL:
                return _Look(file_digest(file, "sha256").hexdigest())
            content = file.read()
    except OSError as error:
        raise _unread(error) from error
    return _Look(sha256(content).hexdigest(), content)


def _unread(error: OSError) -> SourceFailed:
    return SourceFailed(f"cannot be read: {error.strerror or error}")
