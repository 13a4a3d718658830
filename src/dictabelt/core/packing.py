"""Packing: PCM originals are kept as FLAC that gives the identical file back."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import BinaryIO
from uuid import UUID

from dictabelt.core.access import require
from dictabelt.core.damage import Damage
from dictabelt.core.digests import sha256_of
from dictabelt.core.errors import Damaged, NotFound, Unreadable, VaultError
from dictabelt.core.ids import AccountId, MediaId, RecordingId, blob_key
from dictabelt.core.inquest import Inquest
from dictabelt.core.job import Job, Leased
from dictabelt.core.limiter import Limiter
from dictabelt.core.media import Media, MediaState
from dictabelt.core.nouns import Principal, Scope
from dictabelt.core.originals import demand_original
from dictabelt.core.ports import Blobs, Database, Packer, Writing
from dictabelt.core.variants import RESTORE

PACK = "pack"
IDLE = timedelta(hours=1)
"""How long after it came an original is packed: most are listened to at once, if ever."""
BUSY = timedelta(minutes=1)
"""How long packing waits for players."""

# What saves less is not worth the decoding.
_WORTH = 0.95
# Deleted before it was looked for, or after that and before it was read
_GONE = (NotFound, FileNotFoundError)


class Unproved(VaultError):
    """An original that is not packed, now or later: its bytes have `damage`, and it is marked.

    Or it is whole and its pack does not give it back, a fault of ours; then all stays as it is.
    Told to the owner's log alone, since nobody waits for packing.
    """

    def __init__(self, reason: str, damage: Damage | None = None) -> None:
        super().__init__(reason)
        self.damage = damage


class Fate(StrEnum):
    """What became of an original that was to be packed."""

    PACKED = "packed"
    ALREADY = "already"
    OTHER = "not packable"
    LARGE = "not smaller"
    UNPROVED = "not proved"
    DAMAGED = "damaged"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Packed:
    """A fate, and the bytes that are kept in place of the original's; for an estimate, would be.

    `sha256`: of a pack that is kept. `damage`: the mark that the original has.
    """

    fate: Fate
    size: int = 0
    kept: int = 0
    sha256: str | None = None
    damage: Damage | None = None

    @property
    def doubt(self) -> str | None:
        """What is wrong, where the original should have been packed and cannot be."""
        if self.fate is Fate.DAMAGED:
            return f"the original is damaged ({self.damage}) and is not served; {RESTORE}"
        if self.fate is Fate.UNPROVED:
            return "a pack would not give back what came in; what is kept stays as it is"
        return None


async def pack_later(
    tx: Writing, account: AccountId, recording: RecordingId, *, media: Media
) -> None:
    """Enqueues the packing of what can be heard, where the account wants it."""
    if media.signal is None:
        return
    settings = await tx.accounts.get(account)
    if settings is None or not settings.packing:
        return
    payload = {"recording": str(recording), "media": str(media.id)}
    job = Job(PACK, account, payload, due_at=tx.now + IDLE, lock=f"pack:{media.id}")
    await tx.jobs.add(account, job)


class Packing:
    """Use-cases of the owner, and the work of the job PACK."""

    def __init__(self, db: Database, blobs: Blobs, *, packer: Packer, limiter: Limiter) -> None:
        self._db = db
        self._blobs = blobs
        self._packer = packer
        self._limiter = limiter
        self._inquest = Inquest(db, blobs, packer=packer)

    async def estimate(self, who: Principal, id: RecordingId, media: MediaId) -> Packed:
        """What packing would save, about; nothing is changed. Raises Forbidden, StorageFailed."""
        require(who, Scope.ADMIN)
        found = await self._found(who.account, id, media)
        fate = self._refusal(found)
        if fate is not None or found is None:
            return await self._left(found, fate or Fate.GONE)
        assert found.signal is not None
        try:
            async with self._blobs.local(str(found.blob)) as path:
                made = await asyncio.to_thread(self._packer.estimate, path, found.signal)
        except _GONE:
            return _kept(found, Fate.GONE)
        except Unreadable:
            return _kept(found, Fate.UNPROVED)
        return _weighed(found, made)

    async def pack(self, who: Principal, id: RecordingId, media: MediaId) -> Packed:
        """Packs one original now, or marks it where it is damaged.

        Raises Forbidden, StorageFailed; nothing is lost then.
        """
        require(who, Scope.ADMIN)
        return await self._pack(who.account, id, await self._found(who.account, id, media))

    async def run(self, leased: Leased) -> timedelta | None:
        """Packs one original, or says how long to wait for those who listen.

        What has a mark already is passed over: its owner was told then. Raises StorageFailed, and
        Unproved for an original that has one now, or cannot be packed.
        """
        account, payload = leased.job.account, leased.job.payload
        async with self._db.read() as tx:
            settings = await tx.accounts.get(account)
        if settings is None or not settings.packing:
            return None
        if not self._limiter.idle:
            return BUSY
        id, media = RecordingId(UUID(payload["recording"])), MediaId(UUID(payload["media"]))
        found = await self._found(account, id, media)
        if found is None or found.damage is not None:
            return None
        made = await self._pack(account, id, found)
        if made.doubt is not None:
            raise Unproved(made.doubt, made.damage)
        return None

    async def _pack(self, account: AccountId, id: RecordingId, found: Media | None) -> Packed:
        made = await self._tried(account, id, found)
        doubtful = made.fate in (Fate.UNPROVED, Fate.GONE)
        if found is None or not doubtful or self._refusal(found) is Fate.GONE:
            return made
        try:
            damage = await self._inquest.damage(account, found)
        except NotFound:
            return _kept(found, Fate.GONE)
        return _kept(replace(found, damage=damage), Fate.DAMAGED) if damage else made

    async def _tried(self, account: AccountId, id: RecordingId, found: Media | None) -> Packed:
        fate = self._refusal(found)
        if found is not None and fate is Fate.ALREADY and found.packed_sha256 is None:
            return await self._hashed(account, id, found)
        if fate is not None or found is None:
            return await self._left(found, fate or Fate.GONE)
        key = blob_key(account)
        try:
            made = await self._made(found, key)
        except BaseException:
            await self._blobs.delete(key)  # no row has named it
            raise
        if made.fate is Fate.PACKED:
            pack = replace(found, blob=key, packed=True, packed_sha256=made.sha256)
            if not await self._swap(account, id, found, pack=pack):
                made = _kept(found, Fate.GONE)
        # A swap that raised may have been kept all the same: then both stay, and one is too many.
        await self._blobs.delete(str(found.blob) if made.fate is Fate.PACKED else key)
        return made

    async def _found(self, account: AccountId, id: RecordingId, media: MediaId) -> Media | None:
        async with self._db.read() as tx:
            recording = await tx.recordings.get(account, id)
        files = () if recording is None else recording.media
        return next((it for it in files if it.id == media), None)

    def _refusal(self, media: Media | None) -> Fate | None:
        if media is None or media.blob is None or media.state is MediaState.PENDING:
            return Fate.GONE
        if media.damage is not None:
            return Fate.DAMAGED
        if media.packed:
            return Fate.ALREADY
        if media.signal is None or media.size is None:
            return Fate.OTHER
        return None if self._packer.packable(media.signal, media.size) else Fate.OTHER

    async def _left(self, media: Media | None, fate: Fate) -> Packed:
        """What is kept of an original that nothing is done with: of a packed one, its pack."""
        left = _kept(media, fate)
        if media is None or not media.packed:
            return left
        try:
            pack = await self._blobs.open(str(media.blob))
        except _GONE:
            return _kept(media, Fate.GONE)
        kept = pack.size
        await pack.close()
        return replace(left, kept=kept, sha256=media.packed_sha256)

    async def _made(self, media: Media, key: str) -> Packed:
        """A pack under `key` once it has given the original back, bit for bit."""
        signal = media.signal
        assert signal is not None
        try:
            async with self._blobs.local(str(media.blob)) as path:

                def write(file: BinaryIO) -> None:
                    self._packer.pack(path, signal, write=file.write)

                stored = await self._blobs.fill(key, write)
        except _GONE:
            return _kept(media, Fate.GONE)
        except Unreadable:
            return _kept(media, Fate.UNPROVED)
        made = _weighed(media, stored.size)
        if made.fate is not Fate.PACKED:
            return made
        proved = await self._proves(media, key)
        return replace(made, sha256=stored.sha256) if proved else _kept(media, Fate.UNPROVED)

    async def _hashed(self, account: AccountId, id: RecordingId, pack: Media) -> Packed:
        """Gives a pack the hash that rows had no place for when it was made, if it is whole."""
        key = str(pack.blob)
        try:
            if not await self._proves(pack, key):
                return _kept(pack, Fate.UNPROVED)
            pack = replace(pack, packed_sha256=await sha256_of(await self._blobs.open(key)))
        except _GONE:
            return _kept(pack, Fate.GONE)
        there = await self._swap(account, id, pack, pack=pack)
        return await self._left(pack, Fate.ALREADY if there else Fate.GONE)

    async def _proves(self, media: Media, key: str) -> bool:
        """Whether the pack gives the original back. Raises StorageFailed."""
        try:
            await demand_original(await self._blobs.open(key), media, packer=self._packer)
        except Damaged:
            return False
        return True

    async def _swap(self, account: AccountId, id: RecordingId, was: Media, *, pack: Media) -> bool:
        """Whether the media still had the bytes that it had, and has the pack now."""
        async with self._db.write() as tx:
            recording = await tx.recordings.get(account, id)
            files = () if recording is None else recording.media
            same = (it for it in files if (it.id, it.blob) == (was.id, was.blob))
            now = next(same, None)
            if now is not None:
                kept = replace(now, blob=pack.blob, packed=True, packed_sha256=pack.packed_sha256)
                await tx.recordings.put_media(account, id, kept)
        return now is not None


def _weighed(media: Media, made: int) -> Packed:
    size = media.size or 0
    worth = made <= size * _WORTH
    return Packed(Fate.PACKED, size, made) if worth else _kept(media, Fate.LARGE)


def _kept(media: Media | None, fate: Fate) -> Packed:
    if media is None:
        return Packed(fate)
    size = media.size or 0
    return Packed(fate, size, size, damage=media.damage)
