"""A backup repository: objects under the name of their own hash, and snapshots that name them."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dictabelt.core.errors import Conflict, Invalid, NotFound, StorageFailed
from dictabelt.core.ids import new_uuid
from dictabelt.core.inventory import Entry
from dictabelt.core.ports import Blob
from dictabelt.core.premises import Depot
from dictabelt.core.snapshot import FORMAT, Snapshot, snapshot_of

OBJECTS, _SNAPSHOTS, _LOCKS, _SIGN = "data", "snapshots", "locks", "repository"
STALE = timedelta(days=7)
_PIECE = 1024 * 1024
_FAR = datetime.max.replace(tzinfo=UTC)


class Changed(StorageFailed):
    """Bytes that cannot be read, or are not those of their hash; nothing of them was kept."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who works on a repository: a process of a host, and how to tell that another is gone."""

    host: str
    process: int
    running: Callable[[int], bool]


def object_key(sha256: str) -> str:
    """Where the object of that hash is."""
    return f"{OBJECTS}/{sha256[:2]}/{sha256}"


class Repository:
    """Everything is written once and whole, so a backup that is killed leaves nothing half."""

    def __init__(self, depot: Depot) -> None:
        self.depot = depot
        self._shelf = depot.shelf

    async def demand(self) -> None:
        """Raises NotFound where there is no repository, StorageFailed for a newer one."""
        try:
            sign = json.loads(await read(await self._shelf.open(_SIGN)))
        except NotFound:
            raise NotFound("there is no backup there; `dictabelt backup` makes one") from None
        except ValueError:
            raise StorageFailed("the file `repository` of the backup is damaged") from None
        if sign.get("format") != FORMAT:
            raise StorageFailed("a newer Dictabelt made this backup; use that version")

    async def found(self) -> None:
        """Makes a repository of an empty place. Raises Conflict where something else is."""
        listed = self._shelf.entries()
        async for it in listed:
            if it.key != _SIGN:
                raise Conflict(f"{it.key} is there, and no backup; choose an empty place")
        sign = {"format": FORMAT, "of": "dictabelt", "id": str(new_uuid())}
        await self._shelf.put(_SIGN, _once(json.dumps(sign).encode()))

    @asynccontextmanager
    async def locked(self, keeper: Keeper) -> AsyncIterator[None]:
        """Nobody else writes there meanwhile. Raises Conflict where somebody does."""
        mine = f"{_LOCKS}/{new_uuid().hex}"
        told = {"host": keeper.host, "process": keeper.process}
        await self._shelf.put(mine, _once(json.dumps(told).encode()))
        try:
            await self._refuse_company(mine, keeper)
            await self._shelf.sweep(before=_FAR)
            yield
        finally:
            await self._shelf.delete(mine)

    async def _refuse_company(self, mine: str, keeper: Keeper) -> None:
        listed = self._shelf.entries(_LOCKS)
        locks = {it.key: it async for it in listed}
        now = locks[mine].kept_at  # by the clock of the store
        for key, it in locks.items():
            if key == mine:
                continue
            if now - it.kept_at < STALE and await self._held(key, keeper):
                raise Conflict(
                    f"another process works on this backup; wait, or delete {key} there if it died"
                )
            await self._shelf.delete(key)

    async def _held(self, lock: str, keeper: Keeper) -> bool:
        try:
            it = json.loads(await read(await self._shelf.open(lock)))
        except NotFound:
            return False
        return it["host"] != keeper.host or keeper.running(it["process"])

    async def snapshots(self) -> list[tuple[str, Snapshot]]:
        """Ids and snapshots, oldest first. Raises StorageFailed for a damaged one."""
        listed = self._shelf.entries(_SNAPSHOTS)
        ids = [it.key.rpartition("/")[2] async for it in listed]
        found = [(id, await self.snapshot(id)) for id in ids]
        return sorted(found, key=lambda it: it[1].made_at)

    async def ids(self) -> list[str]:
        """Ids of all snapshots, whole or not."""
        listed = self._shelf.entries(_SNAPSHOTS)
        return sorted([it.key.rpartition("/")[2] async for it in listed])

    async def snapshot(self, id: str) -> Snapshot:
        """Raises NotFound, StorageFailed."""
        return snapshot_of(await read(await self._shelf.open(f"{_SNAPSHOTS}/{id}")), id)

    async def chosen(self, wanted: str) -> tuple[str, Snapshot]:
        """The newest one for "latest", else the one whose id begins so. Raises NotFound, Invalid.

        Only those asked for need be whole.
        """
        if wanted == "latest":
            found = await self.snapshots()
            if not found:
                raise NotFound("the backup has no snapshot yet")
            return found[-1]
        ids = [it for it in await self.ids() if it.startswith(wanted)]
        if len(ids) > 1:
            raise Invalid(f"several snapshots begin with {wanted}; write more of it")
        if not ids:
            raise NotFound(f"no snapshot {wanted}; `dictabelt backup TARGET --list` shows them")
        return ids[0], await self.snapshot(ids[0])

    async def keep_snapshot(self, it: Snapshot) -> None:
        """Once this returns, the backup is made."""
        await self._shelf.put(f"{_SNAPSHOTS}/{it.id}", _once(it.text()))

    async def forget_snapshot(self, id: str) -> None:
        await self._shelf.delete(f"{_SNAPSHOTS}/{id}")

    async def keep(self, sha256: str, chunks: AsyncIterator[bytes]) -> int:
        """Keeps an object, unless it is there; its size. Raises Changed, StorageFailed."""
        try:
            return (await self._shelf.put(object_key(sha256), proved(chunks, sha256))).size
        except Conflict:
            return await self._size(sha256)

    async def keep_bytes(self, data: bytes) -> str:
        """Keeps an object made here; its hash."""
        sha256 = hashlib.sha256(data).hexdigest()
        await self.keep(sha256, _once(data))
        return sha256

    async def open(self, sha256: str) -> Blob:
        """Raises NotFound, StorageFailed."""
        return await self._shelf.open(object_key(sha256))

    async def forget(self, sha256: str) -> None:
        await self._shelf.delete(object_key(sha256))

    async def whole(self, sha256: str) -> bytes:
        """All bytes of a small object. Raises StorageFailed, Changed where its hash is another."""
        try:
            data = await read(await self.open(sha256))
        except NotFound:
            raise StorageFailed(f"object {sha256} of the backup is missing") from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Changed(f"object {sha256} of the backup is damaged")
        return data

    async def listed(self, it: Snapshot) -> AsyncIterator[Entry]:
        """Every blob of the vault, with its hash. Raises StorageFailed."""
        for sha256 in it.lists:
            for line in (await self.whole(sha256)).decode("ascii").splitlines():
                key, digest, size = line.split(" ")
                yield Entry(key, int(size), sha256=digest)

    async def _size(self, sha256: str) -> int:
        blob = await self.open(sha256)
        await blob.close()
        return blob.size


def line(it: Entry) -> str:
    """An entry as a line of a list."""
    return f"{it.key} {it.sha256} {it.size}\n"


async def pieces(blob: Blob) -> AsyncIterator[bytes]:
    """All of a blob, piece by piece; closes it. Raises StorageFailed."""
    offset = 0
    try:
        while piece := await blob.read(offset, _PIECE):
            yield piece
            offset += len(piece)
    finally:
        await blob.close()


async def proved(chunks: AsyncIterator[bytes], sha256: str) -> AsyncIterator[bytes]:
    """The same chunks; raises Changed rather than end, where they fail or their hash is another.

    So whoever keeps all or nothing of them keeps nothing, and knows whose fault it is.
    """
    digest = hashlib.sha256()
    try:
        async for chunk in chunks:
            await asyncio.to_thread(digest.update, chunk)
            yield chunk
    except StorageFailed as error:
        raise Changed(str(error)) from error
    if digest.hexdigest() != sha256:
        raise Changed(f"the bytes are not those of their SHA-256 {sha256}")


async def read(blob: Blob) -> bytes:
    """All of a small blob; closes it."""
    return b"".join([it async for it in pieces(blob)])


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
