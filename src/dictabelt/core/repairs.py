"""Repairs: what can be made again is forgotten when it is damaged; leftovers are deleted."""

from dataclasses import replace

from dictabelt.core.analyses import analyse_later
from dictabelt.core.damage import Damage, Finding
from dictabelt.core.kept import Holding, Named, Part
from dictabelt.core.ports import Blobs, Database, Writing

_AGAIN = "the peaks are drawn again"


class Repairs:
    """Work on findings, beside a vault in use."""

    def __init__(self, db: Database, blobs: Blobs) -> None:
        self._db = db
        self._blobs = blobs

    async def forget_orphan(self, it: Finding) -> bool:
        """Deletes the bytes of an orphan; whether it was one. Raises StorageFailed."""
        if it.damage is not Damage.ORPHAN or it.blob is None:
            return False
        await self._blobs.delete(it.blob)
        return True

    async def mend(self, it: Finding) -> bool:
        """Forgets a damaged rendition, or peaks, so that they are made again; whether it could.

        Raises StorageFailed.
        """
        if it.holding is None or it.named is None or it.named.part is Part.ORIGINAL:
            return False
        forget = _FORGET[it.named.part]
        async with self._db.write() as tx:
            await forget(tx, it.holding, it.named)
        if it.damage is not Damage.ELSEWHERE:
            await self._blobs.delete(it.named.blob)
        return True


async def _forget_rendition(tx: Writing, holding: Holding, named: Named) -> None:
    account, media = holding.account, holding.media.id
    others = [it for it in await tx.renditions.of(account, media) if it.blob != named.blob]
    await tx.renditions.forget(account, media)
    for it in others:
        await tx.renditions.put(account, it)


async def _forget_peaks(tx: Writing, holding: Holding, named: Named) -> None:
    account, media = holding.account, holding.media
    kept = await tx.analyses.get(account, media.id)
    if kept is None or kept.peaks != named.blob:
        return
    # without peaks the old ones are not deleted by the analysis that follows
    await tx.analyses.put(account, replace(kept, peaks=None, damage=None, fault=_AGAIN))
    await analyse_later(tx, account, holding.recording, media=media)


_FORGET = {Part.RENDITION: _forget_rendition, Part.PEAKS: _forget_peaks}
