"""Originals: their bytes as they came, however they are kept."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from dictabelt.core.damage import Damage
from dictabelt.core.digests import sha256_of, sha256_of_file
from dictabelt.core.errors import Damaged, NotFound, Unreadable
from dictabelt.core.media import Media
from dictabelt.core.nouns import Recording
from dictabelt.core.ports import Blob, Blobs, Database, Lay, Packer, lay_of
from dictabelt.core.variants import as_stored


@dataclass(frozen=True, slots=True)
class Piece:
    """A media of a recording, found and playable."""

    recording: Recording
    media: Media


@dataclass(frozen=True, slots=True)
class Local:
    """A path where a decoder finds the same samples: that of the original or of its pack."""

    path: Path
    media: Media

    @contextmanager
    def demanded_whole(self) -> Iterator[None]:
        """For a thread. Raises Damaged for bytes that changed: what is made of them would outlive
        their repair. Raises NotFound where the file is gone.
        """
        try:
            kept = self.path.open("rb")
        except FileNotFoundError as error:
            raise NotFound("the bytes are not there") from error
        with kept:
            try:
                yield
            except Unreadable:
                self._compare(kept)
                raise
            self._compare(kept)

    def _compare(self, kept: BufferedReader) -> None:
        expected = self.media.blob_sha256
        if expected is not None and sha256_of_file(kept) != expected:
            raise Damaged("the original is not what was kept")


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
    async def local(self, it: Piece) -> AsyncIterator[Local]:
        """The bytes for a decoder. Raises as `open`.

        A pack that has no hash of its own is unpacked first, and Damaged raised if it is.
        """
        async with AsyncExitStack() as stack:
            media = it.media
            try:
                path = await stack.enter_async_context(self._blobs.local(_key(media)))
            except NotFound:
                media = await self._moved(it)
                path = await stack.enter_async_context(self._blobs.local(_key(media)))
            if media.packed and media.packed_sha256 is None:
                pack = await self._blobs.open(_key(media))
                await demand_original(pack, media, packer=self._packer)
            yield Local(path, media)

    async def _open(self, media: Media) -> Blob:
        blob = await self._blobs.open(_key(media))
        return await _unpacked(blob, media, packer=self._packer) if media.packed else blob

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


async def demand_original(pack: Blob, media: Media, *, packer: Packer) -> None:
    """Unpacks all of a pack, and closes it. Raises Damaged where that is not the original."""
    if await sha256_of(await _unpacked(pack, media, packer=packer)) != media.sha256:
        raise Damaged("a pack does not give the original back; bring it back from a backup")


async def _unpacked(pack: Blob, media: Media, *, packer: Packer) -> Blob:
    assert media.signal is not None
    assert media.size is not None
    return await packer.unpack(pack, media.signal, size=media.size)


def _key(media: Media) -> str:
    key = as_stored(media).blob
    assert key is not None
    return key
