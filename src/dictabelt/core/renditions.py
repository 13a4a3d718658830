"""Renditions: which bytes answer a request: stored, kept from before, as read, or encoded now."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from dictabelt.core.access import require, require_listening
from dictabelt.core.damage import Damage
from dictabelt.core.encoding import Encoding
from dictabelt.core.errors import Damaged, NotFound
from dictabelt.core.ids import MediaId, RecordingId
from dictabelt.core.limiter import Limiter
from dictabelt.core.media import Form, Media, Rendition, Signal, Variant
from dictabelt.core.nouns import Delivery, Principal, Scope
from dictabelt.core.originals import Originals, Piece
from dictabelt.core.playable import Playable
from dictabelt.core.ports import Audio, Blob, Blobs, Bytes, Database, Guise, Reading, Signpost
from dictabelt.core.recordings import found, media_of
from dictabelt.core.variants import (
    CONTENT_TYPE,
    as_form,
    as_pcm,
    as_stored,
    etag,
    refuse_damaged,
    refuse_unplayable,
    serves_as,
    simplest,
)

_WAV = Variant(Form.WAV)


class Renditions:
    """Finds the bytes of a variant."""

    def __init__(
        self,
        db: Database,
        blobs: Blobs,
        *,
        audio: Audio,
        limiter: Limiter,
        signpost: Signpost | None = None,
    ) -> None:
        self._signpost = signpost
        self._db = db
        self._blobs = blobs
        self._audio = audio
        self._originals = Originals(db, blobs, packer=audio.packer)
        self._encoding = Encoding(db, blobs, audio=audio, limiter=limiter)

    async def get(
        self, who: Principal, id: RecordingId, variant: Variant, *, media: MediaId | None = None
    ) -> Playable:
        """One variant of a media, or of the first audio.

        PCM and G.711 answer at once with WAV and MP3, any part of them. What must
        be encoded from its start is once it is opened, in the background, to its
        end, whoever hangs up, and can be read meanwhile: opening raises TooBusy.
        Of an original that a check found damaged, only what was kept from before is there.
        Raises Forbidden, NotFound (also for a form that a picture cannot have),
        Invalid, NotReady, StorageFailed.
        """
        playable = await self._get(who, id, variant, media=media)
        return await self._signposted(playable)

    async def _get(
        self, who: Principal, id: RecordingId, variant: Variant, *, media: MediaId | None
    ) -> Playable:
        require_listening(who)
        async with self._db.read() as tx:
            recording = await found(tx, who, id)
            it = Piece(recording, media_of(recording, media))
            refuse_unplayable(it.media)
            if variant == Variant(Form.ORIGINAL):
                return self._untouched(it, as_stored(it.media))
            if it.media.signal is None:
                raise NotFound("this media has no such form")
            wanted = simplest(it.media.signal, variant)
            if serves_as(it.media.signal, wanted):
                return self._untouched(it, as_form(it.media, wanted.form))
            kept = await self._kept(tx, it, wanted)
        if kept.blob is None:
            refuse_damaged(it.media)
        return self._made(it, kept, signal=it.media.signal)

    def sizes(self, media: Media) -> dict[Form, int | None]:
        """Bytes of every form that can be had of it, whole; None where encoding it must tell."""
        if media.signal is None:
            return {Form.ORIGINAL: media.size}
        return {form: self._size(media, media.signal, form) for form in Form}

    async def _signposted(self, it: Playable) -> Playable:
        """With the way to the store, for what that keeps as it is served."""
        key = it.rendition.blob
        if self._signpost is None or key is None or (it.media.packed and key == it.media.blob):
            return it
        signpost = self._signpost
        async with self._db.read() as tx:
            account = await tx.accounts.get(it.recording.account)
            now = tx.now
        if account is None or account.delivery is not Delivery.REDIRECT:
            return it

        async def elsewhere(guise: Guise, until: datetime | None) -> str | None:
            return await signpost.address(key, guise, now=now, until=until)

        return replace(it, elsewhere=elsewhere)

    async def rescue(
        self, who: Principal, id: RecordingId, *, media: MediaId | None = None
    ) -> Playable:
        """Stored bytes of a media, playable or not.

        Raises Forbidden, NotFound, NotReady, Quarantined.
        """
        require(who, Scope.ADMIN)
        async with self._db.read() as tx:
            recording = await found(tx, who, id)
        it = Piece(recording, media_of(recording, media))
        return self._untouched(it, as_stored(it.media))

    async def close(self) -> None:
        """Gives up what is being encoded; it begins anew when it is asked for again."""
        await self._encoding.close()

    def _size(self, media: Media, signal: Signal, form: Form) -> int | None:
        if form is Form.ORIGINAL or serves_as(signal, Variant(form)):
            return media.size
        return self._audio.size(signal, Variant(form))

    async def _kept(self, tx: Reading, it: Piece, wanted: Variant) -> Rendition:
        """The rendition as it will be, with its bytes if they are kept from before.

        What another encoder made stays good where nothing can be made anew.
        """
        planned = self._planned(it, wanted)
        kept = await tx.renditions.get(it.recording.account, it.media.id, wanted)
        if kept is None or kept.damage is not None:
            return planned
        if kept.encoder != planned.encoder and it.media.damage is None:
            return planned
        name = etag(it.media, wanted, encoder=kept.encoder)
        return replace(kept, content_type=planned.content_type, etag=name)

    def _made(self, it: Piece, planned: Rendition, *, signal: Signal) -> Playable:
        if planned.blob is not None:
            return self._stored(it, planned)
        if self._audio.computes(signal, planned.form):
            source = as_stored(it.media)
            return _playable(it, planned, lambda: self._view(it, source, signal, wanted=planned))
        if planned.variant.clipped or (planned.form is Form.WAV and planned.variant != _WAV):
            return _playable(it, planned, lambda: self._of_wav(it, planned, signal=as_pcm(signal)))
        return _playable(it, planned, lambda: self._encoded(it, planned))

    async def _encoded(self, it: Piece, planned: Rendition) -> Bytes:
        if not self._encoding.is_at_work(it, planned):
            # whoever was, may have kept it since the row was looked for
            async with self._db.read() as tx:
                found_since = await self._kept(tx, it, planned.variant)
            if found_since.blob is not None:
                return await self._open(it, found_since)
        if planned.size is None:
            kept = await self._encoding.soon(it, planned)
            if kept is not None:
                return await self._open(it, kept)
        return await (await self._encoding.begun(it, planned)).open()

    async def _of_wav(self, it: Piece, planned: Rendition, *, signal: Signal) -> Blob:
        """A part of what must be decoded from its start: made of the whole as WAV."""
        async with self._db.read() as tx:
            kept = await self._kept(tx, it, _WAV)
        if kept.blob is None:
            kept = await self._encoding.ended(it, kept)
        return await self._view(it, kept, signal, wanted=planned)

    def _planned(self, it: Piece, wanted: Variant) -> Rendition:
        signal = it.media.signal
        assert signal is not None
        encoder = self._audio.encoder(signal, wanted.form)
        return Rendition(
            media=it.media.id,
            variant=wanted,
            content_type=CONTENT_TYPE[wanted.form],
            etag=etag(it.media, wanted, encoder=encoder),
            size=self._audio.size(signal, wanted),
            encoder=encoder,
        )

    def _stored(self, it: Piece, rendition: Rendition) -> Playable:
        return _playable(it, rendition, lambda: self._open(it, rendition))

    def _untouched(self, it: Piece, original: Rendition) -> Playable:
        refuse_damaged(it.media)
        return self._stored(it, original)

    async def _open(self, it: Piece, rendition: Rendition) -> Blob:
        """Raises NotFound, StorageFailed."""
        assert rendition.blob is not None
        if rendition.blob == it.media.blob:
            blob = await self._originals.open(it)
        else:
            blob = await self._rendered(it, rendition.blob)
        if rendition.size is not None and blob.size != rendition.size:
            await blob.close()
            damage = Damage.SHORT if blob.size < rendition.size else Damage.LONG
            raise Damaged("the stored bytes have not the length they are known by", damage)
        return blob

    async def _rendered(self, it: Piece, key: str) -> Blob:
        """Raises NotFound for what is gone with its row, Damaged for what is gone without it."""
        try:
            return await self._blobs.open(key)
        except NotFound as gone:
            async with self._db.read() as tx:
                kept = await tx.renditions.of(it.recording.account, it.media.id)
            if key not in {one.blob for one in kept}:
                raise
            raise Damaged("the bytes of a rendition are not there", Damage.MISSING) from gone

    async def _view(
        self, it: Piece, source: Rendition, signal: Signal, *, wanted: Rendition
    ) -> Blob:
        return self._audio.view(await self._open(it, source), signal, variant=wanted.variant)


def _playable(it: Piece, rendition: Rendition, opener: Callable[[], Awaitable[Bytes]]) -> Playable:
    return Playable(it.recording, it.media, rendition, opener)
