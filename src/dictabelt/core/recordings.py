"""Recordings: read one, the newest, those of a call; delete."""

from uuid import UUID

from dictabelt.core.access import require
from dictabelt.core.errors import Conflict, Held, NotFound
from dictabelt.core.ids import MediaId, RecordingId, read_uuid
from dictabelt.core.nouns import Media, Principal, Recording, Scope, State
from dictabelt.core.ports import Blobs, Database, Reading, Writing

_UNFINISHED = (State.QUEUED, State.IN_PROGRESS, State.PAUSED, State.PROCESSING)


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


def refuse_other_call(recording: Recording, call: UUID | None) -> None:
    """Raises NotFound when `call` is given and the recording is not of it."""
    if call is not None and (recording.call is None or recording.call.id != call):
        raise NotFound("no such recording of this call")


def refuse_deletion(recording: Recording) -> None:
    """Raises Held or Conflict when the recording must stay."""
    if recording.hold:
        raise Held("the recording is under legal hold; lift the hold first")
    if recording.state in _UNFINISHED:
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

    async def get(self, who: Principal, id: RecordingId) -> Recording:
        """Raises Forbidden, NotFound."""
        require(who, Scope.READ)
        async with self._db.read() as tx:
            return await found(tx, who, id)

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

    async def delete(self, who: Principal, id: RecordingId, *, call: UUID | None = None) -> None:
        """Hides the recording, then frees its bytes; with `call`, only when it is of that call.

        The row goes first: a crash between the two leaves bytes to sweep, never
        a row that points at nothing. Raises Forbidden, NotFound, Held, Conflict.
        """
        require(who, Scope.WRITE)
        async with self._db.write() as tx:
            recording = await found(tx, who, id)
            refuse_other_call(recording, call)
            refuse_deletion(recording)
            await tx.recordings.put(who.account, recording.deleted(tx.now))
            keys = await self._forget(tx, who, recording)
        for key in keys:
            await self._blobs.delete(key)

    async def _forget(self, tx: Writing, who: Principal, recording: Recording) -> list[str]:
        keys = [it.blob for it in recording.media if it.blob is not None]
        for media in recording.media:
            keys += [it.blob for it in await tx.renditions.of(who.account, media.id)]
            await tx.renditions.forget(who.account, media.id)
        return keys
