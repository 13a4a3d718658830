"""Inquests: whether an original that could not be used is what was kept; if not, it is marked."""

from dictabelt.core.damage import Damage, Finding
from dictabelt.core.digests import sha256_of
from dictabelt.core.errors import Damaged, NotFound, StorageFailed
from dictabelt.core.ids import AccountId
from dictabelt.core.kept import Holding, Named, Part
from dictabelt.core.media import Media
from dictabelt.core.originals import demand_original
from dictabelt.core.ports import Blob, Blobs, Database, Packer
from dictabelt.core.quarantine import Quarantine


class Inquest:
    """Looks again at the bytes themselves, and marks as a check does."""

    def __init__(self, db: Database, blobs: Blobs, *, packer: Packer) -> None:
        self._db = db
        self._blobs = blobs
        self._packer = packer
        self._quarantine = Quarantine(db)

    async def damage(self, account: AccountId, media: Media) -> Damage | None:
        """What is wrong with the kept bytes; nobody is given them from then on.

        Raises NotFound where the row does not name those bytes any more, StorageFailed.
        """
        wrong = await self._wrong(media)
        if wrong is None:
            return None
        # only now: bytes go after their row
        holding, named = await self._place(account, media)
        if wrong is Damage.MISSING:
            await self._demand_store()
        found = Finding(wrong, "found when it was to be used", named.blob, holding, named)
        if not await self._quarantine.mark(found):
            raise NotFound("no row names these bytes")
        return wrong

    async def _wrong(self, media: Media) -> Damage | None:
        size = None if media.packed else media.size
        try:
            blob = await self._blobs.open(str(media.blob))
            if size is not None and blob.size != size:
                await blob.close()
                return Damage.SHORT if blob.size < size else Damage.LONG
            return None if await self._is_whole(blob, media) else Damage.CHANGED
        except (NotFound, FileNotFoundError):
            return Damage.MISSING

    async def _is_whole(self, blob: Blob, media: Media) -> bool:
        if not media.packed or media.packed_sha256 is not None:
            return await sha256_of(blob) == media.blob_sha256
        try:
            await demand_original(blob, media, packer=self._packer)
        except Damaged:
            return False
        return True

    async def _place(self, account: AccountId, media: Media) -> tuple[Holding, Named]:
        async with self._db.read() as tx:
            holding = await tx.kept.of(account, media.id)
        for it in holding.named() if holding else ():
            if holding and (it.part, it.blob) == (Part.ORIGINAL, media.blob):
                return holding, it
        raise NotFound("no row names these bytes")

    async def _demand_store(self) -> None:
        """Raises StorageFailed for a store with nothing of this vault: then nothing is lost yet."""
        async with self._db.read() as tx:
            ours = {it.id.hex for it in await tx.accounts.all()}
        keys = self._blobs.keys()
        async for key in keys:
            if key.partition("/")[0] in ours:
                return
        raise StorageFailed(
            "nothing of this vault is in the store; mount its folder, or name the right place in"
            " the setting blobs"
        )
