"""Originals: their bytes as they came, however they are kept."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from dictabelt.core.damage import Damage
from dictabelt.core.errors import Damaged, NotFound
from dictabelt.core.media import Media
from dictabelt.core.nouns import Recording
from dictabelt.core.ports import Blob, Blobs, Database, Lay, Packer, lay_of
from dictabelt.core.variants import as_stored


@dataclass(frozen=True, slots=True)
class Piece:
    """A media of a recording, found and playable."""

    recording: Recording
    media: Media


class _Followed:
    """Implements `Blob`: goes on where the bytes moved to, should they move while they are read."""

    def __init__(self, blob: Blob, reopen: Callable[[], Awaitable[Blob]]) -> None:
        self._blob = blob
        self._reopen = reopen

    @property
    def size(self) -> int:
        return self._blob.size

    @property
    def lay(self) -> Lay | None:
        return lay_of(self._blob)

    async def read(self, offset: int, length: int) -> bytes:
        """Raises StorageFailed, or NotFound for bytes that are deleted for good."""
        try:
            return await self._blob.read(offset, length)
        except NotFound:
            gone, self._blob = self._blob, await self._reopen()
            await gone.close()
            return await self._blob.read(offset, length)

    async def close(self) -> None:
        await self._blob.close()


class Originals:
    """Bytes may move into a pack between the moment they are found and that they are opened."""

    def __init__(self, db: Database, blobs: Blobs, *, packer: Packer) -> None:
        self._db = db
        self._blobs = blobs
        self._packer = packer

    async def open(self, it: Piece) -> Blob:
        """The bytes that came. Raises NotReady, NotFound, StorageFailed; Damaged where they are
        gone and the row is not.
        """
        try:
            opened = await self._open(it.media)
        except NotFound:
            return await self._reopened(it)
        return _Followed(opened, lambda: self._reopened(it))

    async def _reopened(self, it: Piece) -> Blob:
        return await self._open(await self._moved(it))

    @asynccontextmanager
    async def local(self, it: Piece) -> AsyncIterator[Path]:
        """A path where a decoder finds the same samples: that of the original or of its pack.

        Raises as `open`.
        """
        async with AsyncExitStack() as stack:
            try:
                path = await stack.enter_async_context(self._blobs.local(_key(it.media)))
            except NotFound:
                moved = _key(await self._moved(it))
                path = await stack.enter_async_context(self._blobs.local(moved))
            yield path

    async def _open(self, media: Media) -> Blob:
        blob = await self._blobs.open(_key(media))
        if not media.packed:
            return blob
        assert media.signal is not None
        assert media.size is not None
        return await self._packer.unpack(blob, media.signal, size=media.size)

    async def _moved(self, it: Piece) -> Media:
        """The media with its bytes in another place. Raises NotFound for a media that is gone."""
        async with self._db.read() as tx:
            recording = await tx.recordings.get(it.recording.account, it.recording.id)
        files = () if recording is None else recording.media
        now = next((media for media in files if media.id == it.media.id), None)
        if now is None:
            raise NotFound("no such media")
        if now.blob == it.media.blob:
            raise Damaged("the bytes of an original are not there", Damage.MISSING)
        return now


def _key(media: Media) -> str:
    key = as_stored(media).blob
    assert key is not None
    return key
