"""Encoders at work: each rendition is made once, read while it is made, and kept."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from dictabelt.core.errors import Damaged, NotFound, Unreadable, VaultError
from dictabelt.core.ids import MediaId, blob_key
from dictabelt.core.limiter import Limiter
from dictabelt.core.media import Rendition, Variant
from dictabelt.core.originals import Originals, Piece
from dictabelt.core.ports import Audio, Blobs, Database, Growth
from dictabelt.core.variants import refuse_damaged


@dataclass(slots=True)
class _Work:
    """`growth` is there, or fails, once the encoder has begun; `task` ends with what is kept.

    `keeping`: the bytes are whole and only their row is missing.
    """

    growth: "asyncio.Future[Growth]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    task: "asyncio.Task[Rendition] | None" = None
    keeping: bool = False


MOMENT = 0.25
"""Seconds for which a listener is kept waiting for a file with a length rather than one without."""


class Encoding:
    """What is begun is ended, though everybody who waits hangs up: they will ask again."""

    def __init__(self, db: Database, blobs: Blobs, *, audio: Audio, limiter: Limiter) -> None:
        self._db = db
        self._blobs = blobs
        self._audio = audio
        self._limiter = limiter
        self._originals = Originals(db, blobs, packer=audio.packer)
        self._at_work: dict[tuple[MediaId, Variant], _Work] = {}

    def is_at_work(self, it: Piece, planned: Rendition) -> bool:
        """Whether it is being made in this process; if not, it may have been kept just now."""
        return (it.media.id, planned.variant) in self._at_work

    async def begun(self, it: Piece, planned: Rendition) -> Growth:
        """The bytes as they come, once the first are there.

        Raises TooBusy, NotFound, StorageFailed.
        """
        growth = await asyncio.shield(self._work(it, planned).growth)
        await growth.begun()
        return growth

    async def soon(self, it: Piece, planned: Rendition) -> Rendition | None:
        """The rendition if it is kept in a moment, as a short call is. Raises as `begun`."""
        task = self._work(it, planned).task
        assert task is not None
        await asyncio.wait({task}, timeout=MOMENT)
        return task.result() if task.done() else None

    async def ended(self, it: Piece, planned: Rendition) -> Rendition:
        """The rendition, once it is kept. Raises as `begun`."""
        task = self._work(it, planned).task
        assert task is not None
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Gives up what is at work; it begins anew when somebody asks again.

        What is whole is kept first: without their row its bytes would be nobody's.
        """
        tasks = [work.task for work in self._at_work.values() if work.task is not None]
        for work in self._at_work.values():
            if work.task is not None and not work.keeping:
                work.task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _work(self, it: Piece, planned: Rendition) -> _Work:
        key = (it.media.id, planned.variant)
        work = self._at_work.get(key)
        if work is None:
            work = self._at_work[key] = _Work()
            work.task = asyncio.create_task(self._make(it, planned, work=work))
            work.task.add_done_callback(_consume)
            work.task.add_done_callback(lambda _: self._at_work.pop(key, None))
        return work

    async def _make(self, it: Piece, planned: Rendition, *, work: _Work) -> Rendition:
        try:
            with self._limiter.slot():
                made = await self._encode(it, planned, growth=work.growth)
            work.keeping = True
            return await self._keep(it, made)
        except BaseException as error:
            if not work.growth.done():
                work.growth.set_exception(error)
                work.growth.exception()
            raise

    async def _encode(
        self, it: Piece, planned: Rendition, *, growth: "asyncio.Future[Growth]"
    ) -> Rendition:
        signal, key = it.media.signal, blob_key(it.recording.account)
        assert signal is not None
        async with self._originals.local(it) as local:

            def write(file: BinaryIO) -> None:
                with local.demanded_whole():
                    self._audio.render(
                        local.path, signal, variant=planned.variant, write=file.write
                    )

            growing = self._blobs.grow(key, write)
            growth.set_result(growing)
            try:
                stored = await growing.stored()
            except Unreadable as reason:  # it could be read when it came
                raise Damaged(f"the original is damaged: {reason}") from reason
        return replace(planned, size=stored.size, sha256=stored.sha256, blob=key)

    async def _keep(self, it: Piece, made: Rendition) -> Rendition:
        """The rendition that is kept: another process may have been faster."""
        account = it.recording.account
        try:
            async with self._db.write() as tx:
                recording = await tx.recordings.get(account, it.recording.id)
                files = () if recording is None else recording.media
                now = next((one for one in files if one.id == made.media), None)
                if now is not None:
                    refuse_damaged(now)
                there = now is not None
                before = await tx.renditions.get(account, made.media, made.variant)
                same = before is not None and _as_good(before, made)
                if there and not same:
                    await tx.renditions.put(account, made)
        except VaultError:
            await self._forget(made)
            raise
        await self._forget(made if same or not there else before)
        if not there:
            raise NotFound("no such recording")
        if before is None or not same:
            return made
        return replace(made, size=before.size, sha256=before.sha256, blob=before.blob)

    async def _forget(self, useless: Rendition | None) -> None:
        if useless is not None and useless.blob is not None:
            await self._blobs.delete(useless.blob)


def _as_good(before: Rendition, made: Rendition) -> bool:
    return before.encoder == made.encoder and before.damage is None


def _consume(task: "asyncio.Task[Rendition]") -> None:
    # Everybody who waited may be gone; asyncio would complain of an error that nobody read.
    if not task.cancelled():
        task.exception()
