"""Analyses: every playable media is listened to once, in the background, after it came."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from uuid import UUID

from dictabelt.core.access import require
from dictabelt.core.analysis import Analysis, Drawing, Heard
from dictabelt.core.errors import Damaged, NotFound, NotReady, Unreadable, VaultError
from dictabelt.core.ids import AccountId, MediaId, RecordingId, blob_key
from dictabelt.core.job import Job, Leased
from dictabelt.core.media import Media, Signal
from dictabelt.core.nouns import Principal, Recording, Scope
from dictabelt.core.originals import Originals, Piece
from dictabelt.core.ports import Audio, Blobs, Database, Reading, Writing
from dictabelt.core.recordings import found, media_of
from dictabelt.core.variants import refuse_damaged, refuse_unplayable

ANALYSE = "analyse"
MOST = 8
"""Attempts; then the recording goes without, and the queue goes on."""


async def analyse_later(
    tx: Writing, account: AccountId, recording: RecordingId, *, media: Media
) -> None:
    """Enqueues the analysis of what can be heard."""
    if media.signal is None:
        return
    payload = {"recording": str(recording), "media": str(media.id)}
    lock = f"analyse:{media.id}"
    await tx.jobs.add(account, Job(ANALYSE, account, payload, due_at=tx.now, lock=lock))


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of listening; `signal` is what the audio measures now."""

    heard: Heard | None = None
    signal: Signal | None = None
    fault: str | None = None


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
            _, kept = await _analysis(tx, who, id, media=media)
        return kept

    async def peaks(
        self, who: Principal, id: RecordingId, drawing: Drawing, *, media: MediaId | None = None
    ) -> bytes:
        """What a player draws. Raises as `get`, and StorageFailed."""
        require(who, Scope.READ)
        async with self._db.read() as tx:
            original, it = await _analysis(tx, who, id, media=media)
        refuse_damaged(original)
        if it.damage is not None:
            raise NotReady("the media is being drawn again; ask again in a moment")
        if it.peaks is None:
            raise NotReady(f"the media cannot be drawn: {it.fault}")
        blob = await self._blobs.open(it.peaks)
        try:
            data = await blob.read(0, blob.size)
        finally:
            await blob.close()
        return await asyncio.to_thread(self._audio.draw, data, drawing)

    async def run(self, leased: Leased) -> None:
        """Listens to one media; done twice without harm, and for what is gone nothing.

        Nor for what is damaged: whoever finds it whole again has it listened to.
        """
        account, payload = leased.job.account, leased.job.payload
        id, media_id = RecordingId(UUID(payload["recording"])), MediaId(UUID(payload["media"]))
        async with self._db.read() as tx:
            recording = await tx.recordings.get(account, id)
        files = () if recording is None else recording.media
        media = next((it for it in files if it.id == media_id), None)
        if recording is None or media is None or media.signal is None or media.damage is not None:
            return
        found = await self._found(leased, recording, media)
        # Whole or not at all: peaks without a row would be nobody's.
        await asyncio.shield(self._keep(recording, media, found))

    async def _found(self, leased: Leased, recording: Recording, media: Media) -> _Found:
        if leased.attempt > MOST:
            return _Found(fault=f"listening failed {MOST} times")
        try:
            return await self._listen(recording, media)
        except (Unreadable, NotFound, Damaged) as reason:
            return _Found(fault=str(reason))

    async def _listen(self, recording: Recording, media: Media) -> _Found:
        signal = media.signal
        assert signal is not None
        expected = _expected_seconds(recording, media)
        async with self._originals.local(Piece(recording, media)) as local:
            if signal.offset is None and signal.container == "wav":
                # Measured before places in it were: its parts could not be found.
                signal = await asyncio.to_thread(self._audio.probe, local.path)

            def hear(signal: Signal) -> Heard:
                with local.demanded_whole():
                    return self._audio.analyse(local.path, signal, expected_seconds=expected)

            heard = await asyncio.to_thread(hear, signal)
        return _Found(heard, signal)

    async def _keep(self, recording: Recording, media: Media, found: _Found) -> None:
        key = None
        if found.heard is not None:
            key = blob_key(recording.account)
            await self._blobs.put(key, _once(found.heard.peaks))
        try:
            useless = await self._written(recording, media, found, peaks=key)
        except VaultError:
            if key is not None:
                await self._blobs.delete(key)
            raise
        if useless is not None:
            await self._blobs.delete(useless)

    async def _written(
        self, recording: Recording, media: Media, found: _Found, *, peaks: str | None
    ) -> str | None:
        """The key of peaks that no row names any more."""
        account = recording.account
        async with self._db.write() as tx:
            now = await tx.recordings.get(account, recording.id)
            there = next((it for it in now.media if it.id == media.id), None) if now else None
            before = await tx.analyses.get(account, media.id)
            if there is None:
                return peaks
            if found.signal is not None and found.signal != there.signal and not there.packed:
                better = replace(there, signal=found.signal)
                await tx.recordings.put_media(account, recording.id, better)
            await tx.analyses.put(
                account,
                Analysis(
                    media=media.id,
                    recording=recording.id,
                    made_at=tx.now,
                    analyser=self._audio.analyser,
                    findings=found.heard.findings if found.heard else None,
                    peaks=peaks,
                    fault=found.fault,
                ),
            )
        return before.peaks if before else None


def _expected_seconds(recording: Recording, media: Media) -> float | None:
    """How long the call was, where somebody said so who did not take it from this audio."""
    if media is not recording.audio or not recording.started_at or not recording.ended_at:
        return None
    said = recording.ended_at - recording.started_at
    return None if media.signal and said == media.signal.duration else said.total_seconds()


async def _analysis(
    tx: Reading, who: Principal, id: RecordingId, *, media: MediaId | None
) -> tuple[Media, Analysis]:
    it = media_of(await found(tx, who, id), media)
    refuse_unplayable(it)
    if it.signal is None:
        raise NotFound("this media cannot be heard")
    kept = await tx.analyses.get(who.account, it.id)
    if kept is None:
        raise NotReady("the recording has not been listened to yet; ask again in a moment")
    return it, kept


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
