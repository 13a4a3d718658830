"""What rows say of stored bytes: every media that is there, with all that was made of it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from dictabelt.core.damage import Damage
from dictabelt.core.ids import AccountId, RecordingId
from dictabelt.core.media import Media, MediaState, Rendition

if TYPE_CHECKING:
    from dictabelt.core.ports import Database

_PAGE = 500


class Part(StrEnum):
    """What bytes are to a recording: what came, what can be heard in its place, or drawn."""

    ORIGINAL = "original"
    RENDITION = "rendition"
    PEAKS = "peaks"


@dataclass(frozen=True, slots=True)
class Named:
    """A key that a row names; size and hash of the bytes under it, where the row knows them.

    `damage` is the mark of an earlier check.
    """

    part: Part
    blob: str
    size: int | None = None
    sha256: str | None = None
    form: str | None = None
    damage: Damage | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """A media of a recording that is not deleted; `peaks` are named as its other bytes are."""

    account: AccountId
    recording: RecordingId
    media: Media
    renditions: tuple[Rendition, ...] = ()
    peaks: Named | None = None

    def named(self) -> Iterator[Named]:
        """Every key that its rows name."""
        if self.media.blob is not None:
            yield _original(self.media, self.media.blob)
        for it in self.renditions:
            if it.blob is not None:
                form = it.variant.name
                yield Named(Part.RENDITION, it.blob, it.size, it.sha256, form, it.damage)
        if self.peaks is not None:
            yield self.peaks


def _original(media: Media, blob: str) -> Named:
    # the size of a pack is not known; until the upload is complete, the one that was announced is
    known = not media.packed and media.state is not MediaState.PENDING
    size = media.size if known else None
    return Named(Part.ORIGINAL, blob, size, media.blob_sha256, damage=media.damage)


async def holdings(db: "Database") -> AsyncIterator[Holding]:
    """All there are, account by account; each page is a view of its own."""
    async with db.read() as tx:
        accounts = [it.id for it in await tx.accounts.all()]
    for account in accounts:
        after = None
        while page := await _page(db, account, after):
            for it in page:
                yield it
            after = page[-1]


async def _page(db: "Database", account: AccountId, after: Holding | None) -> list[Holding]:
    async with db.read() as tx:
        return await tx.kept.page(account, _PAGE, None if after is None else after.media.id)
