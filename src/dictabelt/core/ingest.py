"""Ingest: a stream of bytes and what is known of the call become a recording."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dictabelt.core.access import require, require_uploading
from dictabelt.core.analyses import analyse_later
from dictabelt.core.errors import Conflict, Unreadable
from dictabelt.core.events import TOLD, announce
from dictabelt.core.idempotency import Answered, Once
from dictabelt.core.ids import CallId, MediaId, RecordingId, blob_key, new_uuid
from dictabelt.core.media import Kind, Media, MediaState, Signal
from dictabelt.core.nouns import Call, Known, Principal, Recording, Scope, Source, State
from dictabelt.core.once import answer
from dictabelt.core.packing import pack_later
from dictabelt.core.ports import Audio, Blobs, Database, Stored, Writing
from dictabelt.core.recordings import found
from dictabelt.core.webhook import EventType

# The type of the stored bytes by the container that decoding found (IANA media types).
CONTENT_TYPE = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "mp2": "audio/mpeg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "mp4": "audio/mp4",
    "webm": "audio/webm",
    "aac": "audio/aac",
    "amr": "audio/amr",
    "aiff": "audio/aiff",
    "au": "audio/basic",
    "caf": "audio/x-caf",
    "w64": "audio/x-w64",
}
_UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes on their way in; `content_type` is the uploader's word, overruled for `None` only."""

    chunks: AsyncIterator[bytes]
    name: str | None = None
    content_type: str | None = None
    kind: Kind = Kind.AUDIO
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ingested:
    """The recording that holds the bytes; `duplicate` when it did so before."""

    recording: Recording
    duplicate: bool


@dataclass(frozen=True, slots=True)
class _Arrived:
    """An upload whose bytes are durable and whose audio has been decoded once."""

    upload: Upload
    blob: str
    stored: Stored
    signal: Signal | None
    fault: str | None

    def media(self, now: datetime) -> Media:
        kept = MediaState.UPLOADED if self.fault is None else MediaState.UNREADABLE
        return Media(
            id=MediaId(new_uuid()),
            kind=self.upload.kind,
            content_type=self._content_type(),
            state=kept,
            created_at=now,
            name=self.upload.name,
            size=self.stored.size,
            sha256=self.stored.sha256,
            blob=self.blob,
            captured_at=self.upload.captured_at,
            signal=self.signal,
            fault=self.fault,
        )

    def _content_type(self) -> str:
        if self.upload.content_type is not None:
            return self.upload.content_type
        return (
            CONTENT_TYPE.get(self.signal.container, _UNKNOWN_TYPE) if self.signal else _UNKNOWN_TYPE
        )


def with_media(recording: Recording, media: Media, *, now: datetime) -> Recording:
    """The recording once `media` is there: the first audio decides its state and length."""
    joined = replace(recording, media=(*recording.media, media), updated_at=now)
    return settled(joined, media) if joined.audio is media else joined


def settled(recording: Recording, audio: Media) -> Recording:
    """The recording in the state and length that its first audio shows."""
    if audio.signal is None:
        return replace(recording, state=State.FAILED, error_code="unreadable_audio")
    length = audio.signal.duration
    return replace(
        recording,
        state=State.AVAILABLE,
        duration_ms=length // timedelta(milliseconds=1),
        channels=audio.signal.channels,
        ended_at=recording.ended_at or (recording.started_at and recording.started_at + length),
    )


class Ingest:
    """Use-cases that bring recordings in."""

    def __init__(self, db: Database, blobs: Blobs, *, audio: Audio) -> None:
        self._db = db
        self._blobs = blobs
        self._audio = audio

    async def add(self, who: Principal, upload: Upload, known: Known) -> Ingested:
        """Keeps the bytes, then the row: an answer means that both are durable.

        Audio that cannot be decoded is kept too, as a failed recording with the
        reason. Bytes that the account holds already are not kept again. Raises
        Forbidden, StorageFailed.
        """
        require(who, Scope.WRITE)
        arrived = await self._arrive(who, upload)
        async with self._db.write() as tx:
            same = await tx.recordings.with_sha256(who.account, arrived.stored.sha256)
            if same is None:
                fresh = await _recording(tx, who, known, State.PROCESSING)
                recording = with_media(fresh, arrived.media(tx.now), now=tx.now)
                await tx.recordings.add(who.account, recording)
                await analyse_later(tx, who.account, recording.id, media=recording.media[0])
                await pack_later(tx, who.account, recording.id, media=recording.media[0])
                await announce(tx, EventType.CREATED, fresh)
                await announce(tx, TOLD[recording.state], recording)
        if same is not None:
            await self._blobs.delete(arrived.blob)
            return Ingested(same, duplicate=True)
        return Ingested(recording, duplicate=False)

    async def begin(self, who: Principal, known: Known, state: State) -> Recording:
        """A recording without media yet, such as one in progress. Raises Forbidden."""
        require(who, Scope.WRITE)
        async with self._db.write() as tx:
            return await begun(tx, who, await _recording(tx, who, known, state))

    async def begin_once(
        self,
        who: Principal,
        known: Known,
        *,
        once: Once | None,
        render: Callable[[Recording], bytes],
        state: State = State.QUEUED,
    ) -> Answered:
        """A recording whose media will be uploaded, made once under an idempotency key.

        A device makes recordings of itself and its user, whatever it says.
        Raises Forbidden, KeyReused.
        """
        require_uploading(who)
        if who.device_id is not None:
            known = replace(known, device_id=who.device_id, end_user_id=who.end_user_id)
        async with self._db.write() as tx:

            async def make() -> Recording:
                return await begun(tx, who, await _recording(tx, who, known, state))

            return await answer(tx, who, once, make=make, render=render)

    async def attach(self, who: Principal, id: RecordingId, upload: Upload) -> Recording:
        """One more media of a recording. Raises Forbidden, NotFound, StorageFailed."""
        require(who, Scope.WRITE)
        async with self._db.read() as view:
            await found(view, who, id)
        arrived = await self._arrive(who, upload)
        async with self._db.write() as tx:
            before = await tx.recordings.get(who.account, id)
            if before is not None:
                media = arrived.media(tx.now)
                recording = with_media(before, media, now=tx.now)
                await tx.recordings.put(who.account, recording)
                await tx.recordings.put_media(who.account, id, media)
                await analyse_later(tx, who.account, id, media=media)
                await pack_later(tx, who.account, id, media=media)
                first = recording.audio is media
                told = TOLD[recording.state] if first else EventType.UPDATED
                await announce(tx, told, recording)
        if before is None:
            await self._blobs.delete(arrived.blob)
            raise Conflict("the recording was deleted during the upload")
        return recording

    async def _arrive(self, who: Principal, upload: Upload) -> _Arrived:
        key = blob_key(who.account)
        stored = await self._blobs.put(key, upload.chunks)
        if upload.kind is not Kind.AUDIO:
            return _Arrived(upload, key, stored, signal=None, fault=None)
        async with self._blobs.local(key) as path:
            try:
                signal = await asyncio.to_thread(self._audio.probe, path)
            except Unreadable as reason:
                return _Arrived(upload, key, stored, signal=None, fault=str(reason))
        return _Arrived(upload, key, stored, signal=signal, fault=None)


async def begun(tx: Writing, who: Principal, recording: Recording) -> Recording:
    """Adds a recording without media, and tells of it."""
    await tx.recordings.add(who.account, recording)
    await announce(tx, EventType.CREATED, recording)
    if recording.state in TOLD:
        await announce(tx, TOLD[recording.state], recording)
    return recording


async def _recording(tx: Writing, who: Principal, known: Known, state: State) -> Recording:
    conference = known.source is Source.CONFERENCE
    call = None if conference else await _call(tx, who, known)
    return fresh(tx, who, known, state=state, call=call)


def fresh(
    tx: Writing, who: Principal, known: Known, *, state: State, call: Call | None
) -> Recording:
    """A new recording of `call`, or of a conference, that nobody knows of yet."""
    conference = known.source is Source.CONFERENCE
    return Recording(
        id=RecordingId(new_uuid()),
        account=who.account,
        source=known.source,
        origin=known.origin,
        leg=known.leg,
        state=state,
        created_at=tx.now,
        updated_at=tx.now,
        call=call,
        conference=(known.conference or new_uuid()) if conference else None,
        started_at=known.started_at,
        ended_at=known.ended_at,
        channels=known.channels,
        track=known.track,
        trim=known.trim,
        price=known.price,
        price_unit=known.price_unit,
        name=known.name,
        metadata=known.metadata,
        device_id=known.device_id,
        end_user_id=known.end_user_id,
        extras=known.extras,
        tags=known.tags,
        speakers=known.speakers,
    )


async def _call(tx: Writing, who: Principal, known: Known) -> Call:
    if known.call_id is not None:
        same = await tx.calls.by_vendor_id(who.account, known.call_id)
        if same is not None:
            return same
    call = Call(
        id=CallId(new_uuid()),
        account=who.account,
        direction=known.direction,
        caller=known.caller,
        callee=known.callee,
        started_at=known.started_at,
        vendor_id=known.call_id,
        channel=known.channel,
    )
    await tx.calls.add(who.account, call)
    return call
