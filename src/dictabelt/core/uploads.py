"""Uploads in three steps: a signed place for one file, its bytes, and the word that all came."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dictabelt.core.access import require_uploading
from dictabelt.core.analyses import analyse_later
from dictabelt.core.errors import Conflict, Invalid, NotFound, NotReady, Unreadable
from dictabelt.core.events import TOLD, announce
from dictabelt.core.idempotency import Answered, Once
from dictabelt.core.ids import MediaId, RecordingId, blob_key, new_uuid
from dictabelt.core.ingest import settled
from dictabelt.core.keyring import KeyRing
from dictabelt.core.links import extension, refuse_lifetime
from dictabelt.core.media import Form, Kind, Media, MediaState, Variant
from dictabelt.core.nouns import Link, Principal, Recording, State
from dictabelt.core.once import answer
from dictabelt.core.packing import pack_later
from dictabelt.core.ports import Audio, Blobs, Database, Reading, Stored, Writing
from dictabelt.core.recordings import found, media_of

_AWAITING = State.QUEUED


@dataclass(frozen=True, slots=True)
class Announced:
    """A file that a client is about to upload; `size` in bytes where the client knows it."""

    kind: Kind
    content_type: str
    size: int | None = None
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """The pending media, and a link that takes its bytes by PUT until it expires."""

    media: Media
    link: Link


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes on their way in, and what the sender says of them; digests in hex."""

    chunks: AsyncIterator[bytes]
    content_type: str | None = None
    length: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class _Probed:
    media: Media
    was: str


def refuse_body(media: Media, body: Body) -> None:
    """Raises Invalid, before any byte is read, for another type or length than announced."""
    if body.content_type != media.content_type:
        raise Invalid(f"Content-Type must be {media.content_type}", field="content-type")
    if media.size is not None and body.length is not None and body.length != media.size:
        raise Invalid(f"{media.size} bytes were announced", field="content-length")


def refuse_stored(media: Media, body: Body, *, stored: Stored) -> None:
    """Raises Invalid for bytes that are not those announced."""
    if media.size is not None and stored.size != media.size:
        raise Invalid(f"{media.size} bytes were announced", field="content-length")
    if body.sha256 is not None and body.sha256 != stored.sha256:
        raise Invalid("the SHA-256 of the bytes is another", field="checksum")


class Uploads:
    """Use-cases of a client that uploads by signed link."""

    def __init__(self, db: Database, blobs: Blobs, *, audio: Audio, ring: KeyRing) -> None:
        self._db = db
        self._blobs = blobs
        self._audio = audio
        self._ring = ring

    async def ticket(
        self, who: Principal, id: RecordingId, it: Announced, *, lifetime: timedelta
    ) -> Ticket:
        """A place for one more file of a recording that is still being uploaded.

        Raises Forbidden, NotFound, Conflict.
        """
        require_uploading(who)
        refuse_lifetime(lifetime)
        async with self._db.write() as tx:
            recording = await own(tx, who, id)
            if recording.state is not _AWAITING:
                raise Conflict("the upload of this recording is complete")
            media = Media(
                id=MediaId(new_uuid()),
                kind=it.kind,
                content_type=it.content_type,
                state=MediaState.PENDING,
                created_at=tx.now,
                size=it.size,
                captured_at=it.captured_at,
            )
            await tx.recordings.put_media(who.account, id, media)
            now = tx.now.replace(microsecond=0)
        await self._ring.refresh(now)
        return Ticket(media, self._link(recording, media, now, until=now + lifetime))

    async def receive(
        self, who: Principal, id: RecordingId, media: MediaId, *, body: Body
    ) -> Media:
        """Keeps the bytes that a ticket's link was made for; an answer means they are durable.

        A second upload takes the place of the first until the recording is
        complete. Raises NotFound, Conflict, Invalid, StorageFailed.
        """
        async with self._db.read() as view:
            refuse_body(await self._pending(view, who, id, media=media), body)
        key = blob_key(who.account)
        stored = await self._blobs.put(key, body.chunks)
        try:
            before, after = await self._settle(who, id, media, body=body, kept=(key, stored))
        except (NotFound, Conflict, Invalid):
            await self._blobs.delete(key)
            raise
        if before.blob is not None:
            await self._blobs.delete(before.blob)
        return after

    async def complete(
        self,
        who: Principal,
        id: RecordingId,
        *,
        once: Once | None,
        render: Callable[[Recording], bytes],
    ) -> Answered:
        """The recording with its measured duration, once every byte of it came.

        Raises Forbidden, NotFound, Conflict, NotReady when nothing was uploaded, KeyReused.
        """
        require_uploading(who)
        async with self._db.read() as view:
            received = [it for it in (await own(view, who, id)).media if it.blob is not None]
        probed = [await self._probe(it) for it in received if it.state is MediaState.PENDING]
        async with self._db.write() as tx:

            async def make() -> Recording:
                return await self._finish(tx, who, id, probed=probed)

            return await answer(tx, who, once, make=make, render=render)

    async def _pending(
        self, tx: Reading | Writing, who: Principal, id: RecordingId, *, media: MediaId
    ) -> Media:
        found_media = media_of(await found(tx, who, id), media)
        if found_media.state is not MediaState.PENDING:
            raise Conflict("this media was uploaded and completed before")
        return found_media

    async def _settle(
        self,
        who: Principal,
        id: RecordingId,
        media: MediaId,
        *,
        body: Body,
        kept: tuple[str, Stored],
    ) -> tuple[Media, Media]:
        key, stored = kept
        async with self._db.write() as tx:
            before = await self._pending(tx, who, id, media=media)
            refuse_stored(before, body, stored=stored)
            # The size stays what was announced, if it was: other bytes may come in their place.
            after = replace(before, blob=key, sha256=stored.sha256, damage=None)
            await tx.recordings.put_media(who.account, id, after)
        return before, after

    async def _probe(self, media: Media) -> _Probed:
        assert media.blob is not None
        done = replace(media, state=MediaState.UPLOADED, size=await self._size(media.blob))
        if media.kind is Kind.AUDIO:
            async with self._blobs.local(media.blob) as path:
                try:
                    signal = await asyncio.to_thread(self._audio.probe, path)
                    done = replace(done, signal=signal)
                except Unreadable as reason:
                    done = replace(done, state=MediaState.UNREADABLE, fault=str(reason))
        return _Probed(done, media.blob)

    async def _size(self, key: str) -> int:
        blob = await self._blobs.open(key)
        await blob.close()
        return blob.size

    async def _finish(
        self, tx: Writing, who: Principal, id: RecordingId, *, probed: list[_Probed]
    ) -> Recording:
        recording = await own(tx, who, id)
        if recording.state is not _AWAITING:
            raise Conflict("the upload of this recording is complete already")
        if not any(it.blob is not None for it in recording.media):
            raise NotReady("nothing was uploaded yet; PUT the bytes to the upload URL first")
        for it in probed:
            if media_of(recording, it.media.id).blob != it.was:
                raise Conflict("the bytes were uploaded anew meanwhile; complete it again")
            await tx.recordings.put_media(who.account, id, it.media)
            await analyse_later(tx, who.account, id, media=it.media)
            await pack_later(tx, who.account, id, media=it.media)
        _refuse_unprobed(recording, {it.media.id for it in probed})
        whole = _with_all(recording, [it.media for it in probed], now=tx.now)
        await tx.recordings.put(who.account, whole)
        await announce(tx, TOLD[whole.state], whole)
        return whole

    def _link(self, recording: Recording, media: Media, now: datetime, *, until: datetime) -> Link:
        return Link(
            account=recording.account,
            recording=recording.id,
            media=media.id,
            variant=Variant(Form.ORIGINAL),
            name=media.kind.value,
            extension=extension(media, Form.ORIGINAL),
            source=recording.source_id,
            key=self._ring.signing(),
            issued_at=now,
            expires_at=until,
        )


def _refuse_unprobed(recording: Recording, probed: set[MediaId]) -> None:
    """Raises NotReady for bytes that came after the look at what had come."""
    pending = [it for it in recording.media if it.state is MediaState.PENDING]
    if any(it.blob is not None and it.id not in probed for it in pending):
        raise NotReady("more bytes came meanwhile; complete it again")


def _with_all(recording: Recording, done: list[Media], *, now: datetime) -> Recording:
    by_id = {it.id: it for it in done}
    media = tuple(by_id.get(it.id, it) for it in recording.media)
    whole = replace(recording, media=media, state=State.AVAILABLE, updated_at=now)
    heard = whole.audio
    # Pictures alone are a whole upload too; there is nothing to hear.
    return whole if heard is None or heard.id not in by_id else settled(whole, heard)


async def own(tx: Reading | Writing, who: Principal, id: RecordingId) -> Recording:
    """The recording; a device sees its own ones only. Raises NotFound."""
    recording = await found(tx, who, id)
    if who.device_id is not None and recording.device_id != who.device_id:
        raise NotFound("no such recording")
    return recording
