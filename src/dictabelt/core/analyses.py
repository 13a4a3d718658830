"""Analyses: every playable media is listened to once, in the background, after it came."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from dictabelt.core.access import require
from dictabelt.core.analysis import Analysis, Drawing, Heard
from dictabelt.core.errors import NotFound, NotReady, Unreadable
from dictabelt.core.ids import AccountId, MediaId, RecordingId, blob_key
from dictabelt.core.job import Job, Leased
from dictabelt.core.media import Media
from dictabelt.core.nouns import Principal, Recording, Scope
from dictabelt.core.originals import Originals, Piece
from dictabelt.core.ports import Audio, Blobs, Database, Reading, Writing
from dictabelt.core.recordings import found, media_of
from dictabelt.core.variants import refuse_unplayable

ANALYSE = "analyse"


async def analyse_later(
    tx: Writing, account: AccountId, recording: RecordingId, *, media: Media
) -> None:
    """Enqueues the analysis of what can be heard."""
    if media.signal is None:
        return
    payload = {"recording": str(recording), "media": str(media.id)}
    lock = f"analyse:{media.id}"
    await tx.jobs.add(account, Job(ANALYSE, account, payload, due_at=tx.now, lock=lock))


class Analyses:
    """Use-cases on what was heard, and the work of the job ANALYSE."""

    def __init__(self, db: Database, blobs: Blobs, *, audio: Audio) -> None:
        self._db = db
        self._blobs = blobs
        self._audio = audio
        self._originals = Originals(db, blobs, packer=audio.packer)

    async def get(
        self, who: Principal, id: RecordingId, *, media: MediaId | None = None
    ) -> Analysis:
        """Of a media, or of the first audio.

        Raises Forbidden, NotFound, NotReady for media that were not listened to yet,
        or that nobody can.
        """
        require(who, Scope.READ)
        async with self._db.read() as tx:
            return await _analysis(tx, who, id, media=media)

    async def peaks(
        self, who: Principal, id: RecordingId, drawing: Drawing, *, media: MediaId | None = None
    ) -> bytes:
        """What a player draws. Raises as `get`, and StorageFailed."""
        it = await self.get(who, id, media=media)
        if it.peaks is None:
            raise NotReady(f"the media cannot be drawn: {it.fault}")
        blob = await self._blobs.open(it.peaks)
        try:
            data = await blob.read(0, blob.size)
        finally:
            await blob.close()
        return await asyncio.to_thread(self._audio.draw, data, drawing)

    async def run(self, leased: Leased) -> None:
        """Listens to one media; done twice without harm, and for what is gone nothing."""
        account, payload = leased.job.account, leased.job.payload
        id, media_id = RecordingId(UUID(payload["recording"])), MediaId(UUID(payload["media"]))
        async with self._db.read() as tx:
            recording = await tx.recordings.get(account, id)
        files = () if recording is None else recording.media
        media = next((it for it in files if it.id == media_id), None)
        if recording is None or media is None or media.signal is None:
            return
        try:
            heard, fault = await self._listen(recording, media), None
        except (Unreadable, NotFound) as reason:
            heard, fault = None, str(reason)
        await self._keep(leased, recording, media, heard=heard, fault=fault)

    async def _listen(self, recording: Recording, media: Media) -> Heard:
        assert media.signal is not None
        expected = None
        if media is recording.audio and recording.started_at and recording.ended_at:
            expected = (recording.ended_at - recording.started_at).total_seconds()
        async with self._originals.local(Piece(recording, media)) as path:
            return await asyncio.to_thread(
                self._audio.analyse, path, media.signal, expected_seconds=expected
            )

    async def _keep(
        self,
        leased: Leased,
        recording: Recording,
        media: Media,
        *,
        heard: Heard | None,
        fault: str | None,
    ) -> None:
        account, key = leased.job.account, None
        if heard is not None:
            key = blob_key(account)
            await self._blobs.put(key, _once(heard.peaks))
        async with self._db.write() as tx:
            now = await tx.recordings.get(account, recording.id)
            there = now is not None and any(it.id == media.id for it in now.media)
            before = await tx.analyses.get(account, media.id)
            if there:
                analysis = Analysis(
                    media=media.id,
                    recording=recording.id,
                    made_at=tx.now,
                    analyser=self._audio.analyser,
                    findings=heard.findings if heard else None,
                    peaks=key,
                    fault=fault,
                )
                await tx.analyses.put(account, analysis)
        useless = (before.peaks if before else None) if there else key
        if useless is not None:
            await self._blobs.delete(useless)


async def _analysis(
    tx: Reading, who: Principal, id: RecordingId, *, media: MediaId | None
) -> Analysis:
    it = media_of(await found(tx, who, id), media)
    refuse_unplayable(it)
    if it.signal is None:
        raise NotFound("this media cannot be heard")
    kept = await tx.analyses.get(who.account, it.id)
    if kept is None:
        raise NotReady("the recording has not been listened to yet; ask again in a moment")
    return kept


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
