"""Recordings: read one, find many, those of a call; change, delete."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from dictabelt.core.access import require
from dictabelt.core.errors import Conflict, Held, NotFound
from dictabelt.core.events import announce
from dictabelt.core.ids import MediaId, RecordingId, read_uuid
from dictabelt.core.media import Media
from dictabelt.core.nouns import Principal, Recording, Scope, Speaker, State
from dictabelt.core.ports import Blobs, Database, Reading, Writing
from dictabelt.core.search import Page, Search, Window
from dictabelt.core.webhook import EventType

LIVE = (State.IN_PROGRESS, State.PAUSED)


@dataclass(frozen=True, slots=True)
class Within:
    """The call or conference that a path puts a recording under, if it does.

    A call whose channel nobody knows is taken to be on any.
    """

    call: UUID | None = None
    conference: UUID | None = None
    channel: UUID | None = None

    def has(self, recording: Recording) -> bool:
        """Whether the recording is of that call and conference."""
        call = recording.call.id if recording.call else None
        channel = recording.call.channel if recording.call else None
        here = channel is None or self.channel in (None, channel)
        return (
            here and self.call in (None, call) and self.conference in (None, recording.conference)
        )


ANYWHERE = Within()


@dataclass(frozen=True, slots=True)
class Changes:
    """What to change of a recording; None leaves a thing as it is.

    Empty text or metadata takes the thing away.
    """

    name: str | None = None
    metadata: Mapping[str, object] | None = None
    tags: tuple[str, ...] | None = None
    hold: bool | None = None
    speakers: tuple[Speaker, ...] | None = None

    def on(self, it: Recording) -> Recording:
        """The recording with these changes."""
        return replace(
            it,
            name=it.name if self.name is None else self.name or None,
            metadata=it.metadata if self.metadata is None else self.metadata or None,
            tags=it.tags if self.tags is None else self.tags,
            hold=it.hold if self.hold is None else self.hold,
            speakers=it.speakers if self.speakers is None else self.speakers,
        )


async def found(tx: Reading | Writing, who: Principal, id: RecordingId) -> Recording:
    """The caller's recording. Raises NotFound when missing, deleted or foreign."""
    recording = await tx.recordings.get(who.account, id)
    if recording is None:
        raise NotFound("no such recording")
    return recording


def media_of(recording: Recording, id: MediaId | None) -> Media:
    """The media of that id, or the first audio. Raises NotFound."""
    wanted = recording.audio if id is None else None
    for it in recording.media:
        if it.id == id:
            wanted = it
    if wanted is None:
        raise NotFound("no such media")
    return wanted


def refuse_elsewhere(recording: Recording, within: Within) -> None:
    """Raises NotFound when the recording is not of that call or conference."""
    if not within.has(recording):
        raise NotFound("no such recording of this call or conference")


def refuse_deletion(recording: Recording) -> None:
    """Raises Held or Conflict when the recording must stay."""
    if recording.hold:
        raise Held("the recording is under legal hold; lift the hold first")
    if recording.state in LIVE:
        raise Conflict("the recording is not finished; stop it first")


async def of_call(tx: Reading, who: Principal, call_id: str) -> list[Recording]:
    """Recordings, newest first, of the call or conference that `call_id` names.

    The vendor's own id comes first, then our UUID of the call, conference or recording.
    """
    call = await tx.calls.by_vendor_id(who.account, call_id)
    if call is not None:
        return await tx.recordings.of_call(who.account, call.id)
    id = read_uuid(call_id)
    return [] if id is None else await _of_uuid(tx, who, id)


async def _of_uuid(tx: Reading, who: Principal, id: UUID) -> list[Recording]:
    recordings = await tx.recordings.of_source(who.account, id)
    if recordings:
        return recordings
    recording = await tx.recordings.get(who.account, RecordingId(id))
    return [] if recording is None else [recording]


class Recordings:
    """Use-cases on recordings as they are."""

    def __init__(self, db: Database, blobs: Blobs) -> None:
        self._db = db
        self._blobs = blobs

    async def get(
        self,
        who: Principal,
        id: RecordingId,
        *,
        within: Within = ANYWHERE,
        deleted_within: timedelta | None = None,
    ) -> Recording:
        """The recording, or one that was deleted no longer ago than that.

        Raises Forbidden, NotFound.
        """
        require(who, Scope.READ)
        async with self._db.glance() as tx:
            since = None if deleted_within is None else tx.now - deleted_within
            recording = await tx.recordings.get(who.account, id, since)
        if recording is None:
            raise NotFound("no such recording")
        refuse_elsewhere(recording, within)
        return recording

    async def find(
        self,
        who: Principal,
        search: Search,
        *,
        window: Window,
        deleted_within: timedelta | None = None,
    ) -> Page[Recording]:
        """Newest first, with those deleted no longer ago than that. Raises Forbidden."""
        require(who, Scope.READ)
        async with self._db.survey() as tx:
            if deleted_within is not None:
                search = replace(search, deleted_since=tx.now - deleted_within)
            return await tx.recordings.find(who.account, search, window)

    async def newest(
        self, who: Principal, *, limit: int, before: RecordingId | None = None
    ) -> list[Recording]:
        """At most `limit` recordings, newest first, those after `before`. Raises Forbidden."""
        require(who, Scope.READ)
        async with self._db.read() as tx:
            return await tx.recordings.newest(who.account, limit, before)

    async def same_bytes(self, who: Principal, sha256: str) -> Recording | None:
        """The recording that already holds these bytes, if any. Raises Forbidden."""
        require(who, Scope.READ)
        async with self._db.read() as tx:
            return await tx.recordings.with_sha256(who.account, sha256)

    async def change(self, who: Principal, id: RecordingId, changes: Changes) -> Recording:
        """The recording once changed; a legal hold is the administrator's to set and lift.

        Raises Forbidden, NotFound.
        """
        require(who, Scope.WRITE if changes.hold is None else Scope.ADMIN)
        async with self._db.write() as tx:
            changed = replace(changes.on(await found(tx, who, id)), updated_at=tx.now)
            await tx.recordings.put(who.account, changed)
            await announce(tx, EventType.UPDATED, changed)
        return changed

    async def delete(
        self, who: Principal, id: RecordingId, *, within: Within = ANYWHERE
    ) -> Recording:
        """Hides the recording, then frees its bytes.

        The row goes first: a crash between the two leaves bytes to sweep, never
        a row that points at nothing. Raises Forbidden, NotFound, Held, Conflict.
        """
        require(who, Scope.WRITE)
        async with self._db.write() as tx:
            recording = await found(tx, who, id)
            refuse_elsewhere(recording, within)
            refuse_deletion(recording)
            gone = recording.deleted(tx.now)
            await tx.recordings.put(who.account, gone)
            await tx.transcriptions.forget_of(who.account, id)
            await tx.events.forget_words(who.account, id)
            await announce(tx, EventType.DELETED, gone)
            keys = await self._forget(tx, who, recording)
        for key in keys:
            await self._blobs.delete(key)
        return gone

    async def delete_media(self, who: Principal, id: RecordingId) -> Recording:
        """Frees the bytes and keeps what is known: the recording is absent from then on.

        Deleting what is deleted changes nothing. Raises Forbidden, NotFound, Held, Conflict.
        """
        require(who, Scope.WRITE)
        async with self._db.write() as tx:
            recording = await found(tx, who, id)
            refuse_deletion(recording)
            if not recording.media:
                return recording
            keys = await self._forget(tx, who, recording)
            await tx.recordings.forget_media(who.account, id)
            bare = replace(recording, media=(), state=State.ABSENT, updated_at=tx.now)
            await tx.recordings.put(who.account, bare)
            await announce(tx, EventType.MEDIA_DELETED, bare)
        for key in keys:
            await self._blobs.delete(key)
        return bare

    async def _forget(self, tx: Writing, who: Principal, recording: Recording) -> list[str]:
        await tx.shares.forget_uses_of(who.account, recording.id)
        keys = [it.blob for it in recording.media if it.blob is not None]
        for media in recording.media:
            kept = await tx.renditions.of(who.account, media.id)
            keys += [it.blob for it in kept if it.blob is not None]
            await tx.renditions.forget(who.account, media.id)
            heard = await tx.analyses.get(who.account, media.id)
            keys += [heard.peaks] if heard is not None and heard.peaks is not None else []
            await tx.analyses.forget(who.account, media.id)
        return keys
