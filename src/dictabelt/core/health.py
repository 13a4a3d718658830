"""Whether what the vault stands on does its work: each part tried, a little."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from uuid import UUID

from dictabelt.core.damage import Damage
from dictabelt.core.errors import Damaged, NotFound
from dictabelt.core.ids import new_uuid
from dictabelt.core.ports import Audio, Blobs, Database

Check = Callable[[], Awaitable[None]]
"""Returns when all is well, and raises a VaultError, whose words say why, when it is not."""

# Where nobody's bytes are: no account has this id (RFC 9562 section 5.9).
_NOBODY = UUID(int=0)


class Health:
    """Trials of the parts, safe at any time beside other work."""

    def __init__(self, db: Database, blobs: Blobs, *, audio: Audio) -> None:
        self._db = db
        self._blobs = blobs
        self._audio = audio

    def checks(self) -> Mapping[str, Check]:
        """Every trial by the name of its part; none of them is bounded in time."""
        return {"database": self._database, "blobs": self._kept, "audio": self._heard}

    async def _database(self) -> None:
        async with self._db.read() as tx:
            await tx.link_keys.all()
        async with self._db.write():
            pass

    async def _kept(self) -> None:
        name = new_uuid().hex
        key, wanted = f"{_NOBODY.hex}/{name[:2]}/{name}", name.encode()
        await self._blobs.put(key, _once(wanted))
        try:
            blob = await self._blobs.open(key)
            try:
                if await blob.read(0, len(wanted)) != wanted:
                    raise Damaged("storage gives back other bytes than it was given")
            finally:
                await blob.close()
        except NotFound as error:
            raise Damaged("storage does not give back what it was given", Damage.MISSING) from error
        finally:
            await self._blobs.delete(key)

    async def _heard(self) -> None:
        await asyncio.to_thread(self._audio.trial)


async def _once(piece: bytes) -> AsyncIterator[bytes]:
    yield piece
