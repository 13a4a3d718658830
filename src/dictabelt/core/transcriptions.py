"""Transcriptions: asked for by anybody, written by the owner's own transcriber, read by all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dictabelt.core.access import require
from dictabelt.core.errors import Conflict, Invalid, NotFound
from dictabelt.core.events import announce
from dictabelt.core.ids import RecordingId, TranscriptionId, new_uuid
from dictabelt.core.nouns import Principal, Recording, Scope, State
from dictabelt.core.ports import Database, Reading, Writing
from dictabelt.core.recordings import found
from dictabelt.core.search import Page, TranscriptSearch, Window
from dictabelt.core.transcript import Segment, Transcription, TranscriptState
from dictabelt.core.webhook import EventType


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a transcriber wrote; `error` instead of words says why it could not."""

    locale: str
    text: str | None = None
    segments: Sequence[Segment] = ()
    summary: str | None = None
    error: str | None = None
    price: str | None = None
    price_unit: str | None = None


def refuse_segments(segments: Sequence[Segment]) -> None:
    """Raises Invalid for words that end before they begin, or on no channel."""
    for it in segments:
        if not 0 <= it.start_ms <= it.end_ms:
            raise Invalid("a segment must not end before it starts", field="segments")
        if it.channel is not None and it.channel < 1:
            raise Invalid("channels count from 1", field="segments")


class Transcriptions:
    """Use-cases on what was said."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def request(self, who: Principal, recording: RecordingId, locale: str) -> Transcription:
        """The transcription that the vault holds in that locale, else a new one to be written.

        Whoever transcribes for the account hears of it as `transcription.requested`.
        Raises Forbidden, NotFound, Conflict for a recording that nobody can hear.
        """
        require(who, Scope.WRITE)
        async with self._db.write() as tx:
            heard = await found(tx, who, recording)
            if heard.state is not State.AVAILABLE or heard.audio is None:
                raise Conflict("the recording has no audio to transcribe")
            held = await self._in_locale(tx, who, recording, locale=locale)
            if held is not None:
                return held
            asked = _new(tx, who, heard, locale=locale)
            await tx.transcriptions.add(who.account, asked)
            await tx.recordings.put(who.account, replace(heard, transcription=True))
            await announce(tx, EventType.TRANSCRIPTION_REQUESTED, heard, transcription=asked)
        return asked

    async def write(
        self,
        who: Principal,
        recording: RecordingId,
        spoken: Spoken,
        *,
        id: TranscriptionId | None = None,
    ) -> Transcription:
        """Keeps what was said: in answer to the request of that id, or of itself.

        Raises Forbidden, NotFound, Invalid.
        """
        require(who, Scope.WRITE)
        refuse_segments(spoken.segments)
        async with self._db.write() as tx:
            heard = await found(tx, who, recording)
            before = await self._asked(tx, who, heard, spoken=spoken, id=id)
            done = _written(before, spoken, tx)
            await tx.transcriptions.put(who.account, done)
            failed = done.state is TranscriptState.FAILED
            if not failed:
                heard = replace(heard, transcript=done.id, transcription=True, updated_at=tx.now)
                await tx.recordings.put(who.account, heard)
            elif heard.transcript == done.id:
                heard = await _without(tx, who, heard)
            told = EventType.TRANSCRIPTION_FAILED if failed else EventType.TRANSCRIPTION_COMPLETED
            await announce(tx, told, heard, transcription=done)
        return done

    async def find(
        self, who: Principal, search: TranscriptSearch, window: Window
    ) -> Page[Transcription]:
        """Newest first; NotFound for a recording that is not there. Raises Forbidden, NotFound."""
        require(who, Scope.READ)
        if search.recording is not None:
            async with self._db.glance() as look:
                await found(look, who, search.recording)
        async with self._db.survey() as tx:
            return await tx.transcriptions.find(who.account, search, window)

    async def get(
        self, who: Principal, id: TranscriptionId, *, recording: RecordingId | None = None
    ) -> Transcription:
        """Raises Forbidden, NotFound, also where it is of another recording."""
        require(who, Scope.READ)
        async with self._db.read() as tx:
            return await _found(tx, who, id, recording=recording)

    async def delete(
        self, who: Principal, id: TranscriptionId, *, recording: RecordingId | None = None
    ) -> None:
        """Gone for good. Raises Forbidden, NotFound."""
        require(who, Scope.WRITE)
        async with self._db.write() as tx:
            gone = await _found(tx, who, id, recording=recording)
            await tx.transcriptions.forget(who.account, id)
            await tx.events.forget_words(who.account, gone.recording)
            heard = await tx.recordings.get(who.account, gone.recording)
            if heard is not None and heard.transcript == id:
                await _without(tx, who, heard)

    async def _in_locale(
        self, tx: Writing, who: Principal, recording: RecordingId, *, locale: str
    ) -> Transcription | None:
        search = TranscriptSearch(recording=recording)
        page = await tx.transcriptions.find(who.account, search, Window(100))
        good = [it for it in page.items if it.state is not TranscriptState.FAILED]
        return next((it for it in good if it.locale.lower() == locale.lower()), None)

    async def _asked(
        self,
        tx: Writing,
        who: Principal,
        heard: Recording,
        *,
        spoken: Spoken,
        id: TranscriptionId | None,
    ) -> Transcription:
        if id is not None:
            return await _found(tx, who, id, recording=heard.id)
        fresh = _new(tx, who, heard, locale=spoken.locale)
        await tx.transcriptions.add(who.account, fresh)
        return fresh


async def _found(
    tx: Reading | Writing,
    who: Principal,
    id: TranscriptionId,
    *,
    recording: RecordingId | None,
) -> Transcription:
    it = await tx.transcriptions.get(who.account, id)
    if it is None or recording not in (None, it.recording):
        raise NotFound("no such transcription")
    return it


async def _without(tx: Writing, who: Principal, heard: Recording) -> Recording:
    """The recording whose words are gone, with the newest of those that are left."""
    page = await tx.transcriptions.find(who.account, TranscriptSearch(heard.id), Window(100))
    left = [it for it in page.items if it.state is TranscriptState.AVAILABLE]
    newest = max(left, key=lambda it: it.updated_at, default=None)
    changed = replace(heard, transcript=newest.id if newest else None, updated_at=tx.now)
    await tx.recordings.put(who.account, changed)
    return changed


def _new(tx: Writing, who: Principal, heard: Recording, *, locale: str) -> Transcription:
    return Transcription(
        id=TranscriptionId(new_uuid()),
        account=who.account,
        recording=heard.id,
        state=TranscriptState.ACCEPTED,
        locale=locale,
        created_at=tx.now,
        updated_at=tx.now,
        duration_ms=heard.duration_ms,
        channels=heard.channels,
    )


def _written(before: Transcription, spoken: Spoken, tx: Writing) -> Transcription:
    words = spoken.text
    if words is None and spoken.segments:
        words = " ".join(it.text for it in spoken.segments)
    if words is None and spoken.error is None:
        raise Invalid("a transcription needs text, segments or an error", field="text")
    return replace(
        before,
        state=TranscriptState.FAILED if spoken.error else TranscriptState.AVAILABLE,
        locale=spoken.locale,
        text=words,
        segments=tuple(spoken.segments),
        summary=spoken.summary,
        error=spoken.error,
        price=spoken.price,
        price_unit=spoken.price_unit,
        updated_at=tx.now,
    )
