"""Quarantine: what a check found damaged is marked and served to nobody, until it is whole."""

from dataclasses import replace

from dictabelt.core.analyses import analyse_later
from dictabelt.core.damage import Damage, Finding, Recovery
from dictabelt.core.events import announce
from dictabelt.core.kept import Holding, Named, Part
from dictabelt.core.media import Media
from dictabelt.core.ports import Database, Writing
from dictabelt.core.webhook import EventType


class Quarantine:
    """Marks on rows, beside a vault in use; what the row no longer names is left alone.

    What was wrong and is missing now keeps its mark: when bytes of that size come back, they are
    still to be read.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    async def mark(self, it: Finding) -> bool:
        """Says at the row what is wrong with its bytes; the owner of an original hears of it once.

        Peaks are drawn anew, a rendition is made anew when it is asked for. Whether there is a
        mark now: none where the row names other bytes by now. Raises StorageFailed.
        """
        if it.holding is None or it.named is None:
            return False
        if it.named.damage is it.damage:
            return True
        async with self._db.write() as tx:
            return await _MARK[it.named.part](tx, it.holding, it.named, it.damage)

    async def lift(self, it: Recovery) -> None:
        """Takes the mark away that the check saw, no other. Raises StorageFailed."""
        async with self._db.write() as tx:
            await _MARK[it.named.part](tx, it.holding, it.named, None)


async def _original(tx: Writing, holding: Holding, named: Named, damage: Damage | None) -> bool:
    account, id = holding.account, holding.recording
    recording = await tx.recordings.get(account, id)
    files = () if recording is None else recording.media
    place = (holding.media.id, named.blob)
    media = next((it for it in files if (it.id, it.blob) == place), None)
    if recording is None or media is None:
        return False
    marked = replace(media, damage=_after(media.damage, named, damage))
    if marked == media:
        return marked.damage is not None
    await tx.recordings.put_media(account, id, marked)
    if damage is None:
        await _heard_again(tx, holding, marked)
        return False
    files = tuple(marked if it is media else it for it in files)
    await announce(tx, EventType.DAMAGED, replace(recording, media=files))
    return True


async def _heard_again(tx: Writing, holding: Holding, media: Media) -> None:
    """Listens to what nobody could listen to while it was damaged."""
    kept = await tx.analyses.get(holding.account, media.id)
    if kept is None or kept.peaks is None or kept.damage is not None:
        await analyse_later(tx, holding.account, holding.recording, media=media)


async def _rendition(tx: Writing, holding: Holding, named: Named, damage: Damage | None) -> bool:
    account, found = holding.account, False
    for it in await tx.renditions.of(account, holding.media.id):
        if it.blob == named.blob:
            marked = replace(it, damage=_after(it.damage, named, damage))
            await tx.renditions.put(account, marked)
            found = marked.damage is not None
    return found


async def _peaks(tx: Writing, holding: Holding, named: Named, damage: Damage | None) -> bool:
    account, media = holding.account, holding.media
    kept = await tx.analyses.get(account, media.id)
    if kept is None or kept.peaks != named.blob:
        return False
    marked = replace(kept, damage=_after(kept.damage, named, damage))
    if marked == kept:
        return marked.damage is not None
    await tx.analyses.put(account, marked)
    if damage is not None:
        await analyse_later(tx, account, holding.recording, media=media)
    return marked.damage is not None


def _after(now: Damage | None, named: Named, damage: Damage | None) -> Damage | None:
    """The mark of a row that has `now`, once `damage` was found, or nothing wrong any more."""
    if damage is None:
        return None if now is named.damage else now
    return now if damage is Damage.MISSING and now is not None else damage


_MARK = {Part.ORIGINAL: _original, Part.RENDITION: _rendition, Part.PEAKS: _peaks}
