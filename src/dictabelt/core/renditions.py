"""Renditions: which bytes answer a request, made once, shared by all who wait for them."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import BinaryIO

from dictabelt.core.access import require, require_listening
from dictabelt.core.errors import NotFound, NotReady
from dictabelt.core.ids import AccountId, MediaId, RecordingId, new_uuid
from dictabelt.core.limiter import Limiter
from dictabelt.core.media import Form, Media, MediaState, Rendition, Signal
from dictabelt.core.nouns import Playable, Principal, Recording, Scope
from dictabelt.core.ports import Audio, Blob, Blobs, Database
from dictabelt.core.recordings import found, media_of

CONTENT_TYPE = {Form.WAV: "audio/wav", Form.MP3: "audio/mpeg"}
# A file that is in the form already: (container, codec) of a faithful original.
_NATIVE = {Form.WAV: ("wav", "pcm_s16le"), Form.MP3: ("mp3", "mp3")}


def blob_key(account: AccountId) -> str:
    """A fresh place for bytes, out of ids alone, so that no client's text reaches the disk."""
    name = new_uuid().hex
    return f"{account.hex}/{name[:2]}/{name}"


def refuse_unplayable(media: Media) -> None:
    """Raises NotReady for media without bytes, or with bytes that nobody could play."""
    if media.state is MediaState.PENDING:
        raise NotReady("the media has not been uploaded yet")
    if media.state is MediaState.UNREADABLE:
        raise NotReady(f"the media cannot be played: {media.fault}")


def as_stored(media: Media) -> Rendition:
    """The untouched original. Raises NotReady without bytes."""
    if media.blob is None or media.sha256 is None or media.size is None:
        raise NotReady("the media has not been uploaded yet")
    return Rendition(
        media=media.id,
        form=Form.ORIGINAL,
        content_type=media.content_type,
        size=media.size,
        sha256=media.sha256,
        blob=media.blob,
    )


def serves_as(signal: Signal, form: Form) -> bool:
    """Whether the original's own bytes are that form already, told by a truthful header."""
    return signal.faithful and _NATIVE.get(form) == (signal.container, signal.codec)


def wav_size(media: Media | None) -> int | None:
    """Bytes of the media's WAV rendition, known before it is made: a 44-byte header and PCM."""
    if media is None or media.signal is None:
        return None
    signal = media.signal
    if serves_as(signal, Form.WAV):
        return media.size
    return 44 + 2 * signal.channels * signal.samples


@dataclass(slots=True)
class _Work:
    task: asyncio.Task[Rendition]
    waiting: int = 0


class Renditions:
    """Finds, or makes and keeps, the rendition that was asked for."""

    def __init__(self, db: Database, blobs: Blobs, *, audio: Audio, limiter: Limiter) -> None:
        self._db = db
        self._blobs = blobs
        self._audio = audio
        self._limiter = limiter
        self._at_work: dict[tuple[MediaId, Form], _Work] = {}

    async def get(
        self, who: Principal, id: RecordingId, form: Form, *, media: MediaId | None = None
    ) -> Playable:
        """One form of a media, or of the first audio.

        Raises Forbidden, NotFound (also for a form that a picture cannot have),
        NotReady, TooBusy, StorageFailed. Cancelling the last one who waits stops the encoder.
        """
        require_listening(who)
        async with self._db.read() as tx:
            recording = await found(tx, who, id)
            wanted = media_of(recording, media)
            refuse_unplayable(wanted)
            kept = await tx.renditions.get(who.account, wanted.id, form)
        return Playable(recording, wanted, await self._of(recording, wanted, form, kept))

    async def rescue(
        self, who: Principal, id: RecordingId, *, media: MediaId | None = None
    ) -> Playable:
        """Stored bytes of a media, playable or not. Raises Forbidden, NotFound, NotReady."""
        require(who, Scope.ADMIN)
        async with self._db.read() as tx:
            recording = await found(tx, who, id)
        wanted = media_of(recording, media)
        return Playable(recording, wanted, as_stored(wanted))

    async def open(self, rendition: Rendition) -> Blob:
        """The bytes of it. Raises NotFound, StorageFailed."""
        return await self._blobs.open(rendition.blob)

    async def _of(
        self, recording: Recording, media: Media, form: Form, kept: Rendition | None
    ) -> Rendition:
        if form is Form.ORIGINAL:
            return as_stored(media)
        signal = media.signal
        if signal is None:
            raise NotFound("this media has no such form")
        if serves_as(signal, form):
            return _labelled(as_stored(media), form)
        if kept is not None and kept.encoder == self._audio.encoder(form):
            return kept
        return await self._shared((media.id, form), lambda: self._make(recording, media, form))

    async def _shared(
        self, key: tuple[MediaId, Form], make: Callable[[], Coroutine[None, None, Rendition]]
    ) -> Rendition:
        work = self._at_work.get(key)
        if work is None:
            work = self._at_work[key] = _Work(asyncio.ensure_future(make()))
            work.task.add_done_callback(_consume)
        work.waiting += 1
        try:
            return await asyncio.shield(work.task)
        finally:
            work.waiting -= 1
            if work.waiting == 0:
                work.task.cancel()
                self._at_work.pop(key, None)

    async def _make(self, recording: Recording, media: Media, form: Form) -> Rendition:
        with self._limiter.slot():
            rendition = await self._encode(recording.account, media, form)
        async with self._db.write() as tx:
            kept = await tx.recordings.get(recording.account, recording.id) is not None
            if kept:
                await tx.renditions.put(recording.account, rendition)
        if not kept:
            await self._blobs.delete(rendition.blob)
            raise NotFound("no such recording")
        return rendition

    async def _encode(self, account: AccountId, media: Media, form: Form) -> Rendition:
        signal, key = media.signal, blob_key(account)
        assert signal is not None
        async with self._blobs.local(as_stored(media).blob) as path:

            def write(file: BinaryIO) -> None:
                self._audio.render(path, signal, form=form, write=file.write)

            stored = await self._blobs.fill(key, write)
        return Rendition(
            media=media.id,
            form=form,
            content_type=CONTENT_TYPE[form],
            size=stored.size,
            sha256=stored.sha256,
            blob=key,
            encoder=self._audio.encoder(form),
        )


def _consume(task: asyncio.Task[Rendition]) -> None:
    # Everybody who waited may be gone; asyncio would complain of an error that nobody read.
    if not task.cancelled():
        task.exception()


def _labelled(original: Rendition, form: Form) -> Rendition:
    return Rendition(
        media=original.media,
        form=form,
        content_type=CONTENT_TYPE[form],
        size=original.size,
        sha256=original.sha256,
        blob=original.blob,
    )
