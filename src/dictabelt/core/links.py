"""Links: what one gives access to, and for how long."""

from dataclasses import dataclass
from datetime import timedelta

from dictabelt.core.access import require
from dictabelt.core.errors import Invalid, NotFound, NotReady
from dictabelt.core.ids import MediaId, RecordingId
from dictabelt.core.keyring import KeyRing
from dictabelt.core.media import Form, Media, Mix, Variant
from dictabelt.core.nouns import Link, Principal, Recording, Scope, State, Terms
from dictabelt.core.ports import Database, Reading
from dictabelt.core.recordings import found, media_of, of_call
from dictabelt.core.search import Page, Search, Window
from dictabelt.core.transcript import Transcription
from dictabelt.core.variants import refuse_damaged, refuse_unplayable, simplest

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=7)
# File extensions by the type of the stored original.
EXTENSION = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/opus": "opus",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/webm": "webm",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/aiff": "aiff",
    "audio/basic": "au",
    "audio/x-caf": "caf",
    "audio/x-w64": "w64",
    "image/jpeg": "jpg",
    "image/png": "png",
    "video/mp4": "mp4",
}


@dataclass(frozen=True, slots=True)
class Linked:
    """A recording with a link to one of its media; None where nothing can be played."""

    recording: Recording
    media: Media | None
    link: Link | None


@dataclass(frozen=True, slots=True)
class Session:
    """A call as one of its recordings tells it."""

    linked: Linked
    said: Transcription | None


def refuse_lifetime(lifetime: timedelta) -> None:
    """Raises Invalid outside 1 second to 7 days, SigV4's own bounds (query authentication)."""
    if not SHORTEST <= lifetime <= LONGEST:
        raise Invalid("a link lives 1 second to 7 days (604800)", field="expires")


def extension(media: Media, form: Form) -> str:
    """The file extension of that form of the media."""
    if form is not Form.ORIGINAL:
        return form.value
    return EXTENSION.get(media.content_type, "bin")


def refuse_variant(media: Media, variant: Variant) -> None:
    """Raises NotReady, NotFound or Invalid where the media can never be heard that way."""
    plain = variant.mix is Mix.BOTH and not variant.clipped
    if plain and variant.form is Form.ORIGINAL:
        return
    if media.signal is None:
        raise NotReady("this media has no such form")
    if not plain:
        simplest(media.signal, variant)


class Links:
    """Use-cases that make links; signing one is `http/links.py`."""

    def __init__(self, db: Database, ring: KeyRing) -> None:
        self._db = db
        self._ring = ring

    async def with_recording(self, who: Principal, id: RecordingId, terms: Terms) -> Linked:
        """The recording, and a link where it can be played. Raises Forbidden, NotFound."""
        require(who, Scope.READ)
        async with self._db.glance() as tx:
            return await self._linked(tx, await found(tx, who, id), terms)

    async def to_media(
        self, who: Principal, id: RecordingId, terms: Terms, *, media: MediaId | None = None
    ) -> Linked:
        """A link to one media, or to the first audio.

        Raises Forbidden, NotFound, NotReady, and Quarantined where nothing whole is behind it.
        """
        require(who, Scope.READ)
        async with self._db.glance() as tx:
            recording = await found(tx, who, id)
            wanted = media_of(recording, media)
            refuse_unplayable(wanted)
            await _refuse_lost(tx, recording, wanted, terms.variant)
            link = await self._link(tx, recording, wanted, terms)
        return Linked(recording, wanted, link)

    async def to_call(self, who: Principal, call_id: str, terms: Terms) -> Linked:
        """A link to the newest playable recording of a call, for the time the account sets.

        `terms.lifetime` holds where the account sets none. Raises Forbidden, NotFound,
        Quarantined.
        """
        require(who, Scope.READ)
        async with self._db.glance() as tx:
            for recording in await of_call(tx, who, call_id):
                if recording.state is State.AVAILABLE and recording.audio is not None:
                    await _refuse_lost(tx, recording, recording.audio, terms.variant)
                    chosen = await _by_account(tx, who, terms)
                    link = await self._link(tx, recording, recording.audio, chosen)
                    return Linked(recording, recording.audio, link)
        raise NotFound("no playable recording of such a call")

    async def to_session(self, who: Principal, call_id: str, terms: Terms) -> Session:
        """The newest recording of a call, with what was said in it and a link where it can play.

        Raises Forbidden, NotFound.
        """
        require(who, Scope.READ)
        async with self._db.glance() as tx:
            recordings = await of_call(tx, who, call_id)
            if not recordings:
                raise NotFound("no recording of such a call")
            newest = recordings[0]
            linked = await self._linked(tx, newest, await _by_account(tx, who, terms))
            said = None
            if newest.transcript is not None:
                said = await tx.transcriptions.get(who.account, newest.transcript)
        return Session(linked, said)

    async def to_recording(
        self, who: Principal, id: RecordingId, terms: Terms, *, media: MediaId | None = None
    ) -> Linked:
        """As `to_media`, for the time the account sets. Raises Forbidden, NotFound, NotReady."""
        require(who, Scope.READ)
        async with self._db.glance() as tx:
            chosen = await _by_account(tx, who, terms)
        return await self.to_media(who, id, chosen, media=media)

    async def find(
        self, who: Principal, search: Search, *, window: Window, terms: Terms
    ) -> Page[Linked]:
        """Recordings, newest first, each with a link where it can be played. Raises Forbidden."""
        require(who, Scope.READ)
        async with self._db.read() as tx:
            page = await tx.recordings.find(who.account, search, window)
            items = [await self._linked(tx, it, terms) for it in page.items]
        return Page(tuple(items), page.more)

    async def _linked(self, tx: Reading, recording: Recording, terms: Terms) -> Linked:
        media = recording.audio
        if media is None or recording.state is not State.AVAILABLE:
            return Linked(recording, media, None)
        return Linked(recording, media, await self._link(tx, recording, media, terms))

    async def _link(self, tx: Reading, recording: Recording, media: Media, terms: Terms) -> Link:
        refuse_lifetime(terms.lifetime)
        refuse_variant(media, terms.variant)
        await self._ring.refresh(tx.now)
        # SigV4 counts in whole seconds; a link issued at .9 must not promise the fraction.
        issued = tx.now.replace(microsecond=0)
        return Link(
            account=recording.account,
            recording=recording.id,
            media=media.id,
            variant=terms.variant,
            name=terms.name or media.kind.value,
            extension=extension(media, terms.variant.form),
            source=recording.source_id,
            key=self._ring.signing(),
            issued_at=issued,
            expires_at=issued + terms.lifetime,
        )


async def _refuse_lost(tx: Reading, recording: Recording, media: Media, variant: Variant) -> None:
    """Raises Quarantined for what is damaged, unless the variant was kept from before."""
    if media.damage is None or media.signal is None:
        refuse_damaged(media)
        return
    wanted = simplest(media.signal, variant)
    kept = await tx.renditions.get(recording.account, media.id, wanted)
    if kept is None or kept.damage is not None:
        refuse_damaged(media)


async def _by_account(tx: Reading, who: Principal, terms: Terms) -> Terms:
    account = await tx.accounts.get(who.account)
    if account is None or account.link_seconds is None:
        return terms
    return Terms(terms.variant, timedelta(seconds=account.link_seconds), terms.name)
