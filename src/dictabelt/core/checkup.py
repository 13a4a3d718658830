"""A check-up of a blob store: each thing the vault needs of it is done once, and said."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from dictabelt.core.errors import StorageFailed, VaultError
from dictabelt.core.ids import new_uuid
from dictabelt.core.ports import Blobs

SAMPLE = bytes(range(256)) * 1200
"""What is put: more than one piece of a media answer, less than a part of an upload."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `fault` says what is wrong and the fix, None when nothing is."""

    name: str
    fault: str | None = None
    detail: str = ""


Step = Callable[[], Awaitable[str]]
Look = Callable[[str], Awaitable[str]]


async def looked_at(name: str, step: Step) -> Finding:
    """What came of the step, which returns a detail to show or raises a refusal."""
    try:
        return Finding(name, detail=await step())
    except VaultError as refusal:
        return Finding(name, fault=str(refusal))


async def of_blobs(blobs: Blobs, *, more: dict[str, Look]) -> AsyncIterator[Finding]:
    """Puts a blob of its own, reads it, and deletes it; `more` looks at its key meanwhile.

    Ends with the first put that fails: there is nothing to read then.
    """
    trial = _Trial(blobs, f"doctor/{new_uuid().hex}")
    put = await looked_at("put", trial.put)
    yield put
    if put.fault is not None:
        return
    try:
        yield await looked_at("get", trial.get)
        yield await looked_at("range", trial.range)
        yield await looked_at("list", trial.list)
        for name, look in more.items():
            yield await looked_at(name, trial.shown(look))
        yield await looked_at("delete", trial.delete)
    finally:
        with suppress(VaultError):
            await blobs.delete(trial.key)


@dataclass(frozen=True, slots=True)
class _Trial:
    blobs: Blobs
    key: str

    async def put(self) -> str:
        async def chunks() -> AsyncIterator[bytes]:
            yield SAMPLE

        stored = await self.blobs.put(self.key, chunks())
        if stored.sha256 != hashlib.sha256(SAMPLE).hexdigest():
            raise StorageFailed("what was kept is not what was put; look at the disk or the store")
        return f"{stored.size} bytes"

    async def get(self) -> str:
        return await self._read(0, len(SAMPLE))

    async def range(self) -> str:
        return await self._read(100_000, 1_000)

    async def _read(self, offset: int, length: int) -> str:
        blob = await self.blobs.open(self.key)
        try:
            data = await blob.read(offset, length)
        finally:
            await blob.close()
        if data != SAMPLE[offset : offset + length]:
            raise StorageFailed("other bytes came back than were put; look at the store")
        return f"{length} bytes, the same"

    async def list(self) -> str:
        keys = self.blobs.keys()
        async for key in keys:
            if key == self.key:
                return "the key is listed"
        raise StorageFailed("the store does not list what was put; let the vault list objects")

    async def delete(self) -> str:
        await self.blobs.delete(self.key)
        return "gone"

    def shown(self, look: Look) -> Step:
        return lambda: look(self.key)
