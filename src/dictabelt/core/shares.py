"""Shares: links that their owner lists and revokes one by one."""

from dataclasses import dataclass
from uuid import UUID

from dictabelt.core.access import require
from dictabelt.core.errors import LinkRevoked, NotFound
from dictabelt.core.ids import LinkId, MediaId, RecordingId, new_uuid
from dictabelt.core.links import Links
from dictabelt.core.nouns import Link, Principal, Scope, Terms
from dictabelt.core.ports import Database
from dictabelt.core.recordings import found
from dictabelt.core.share import Share


@dataclass(frozen=True, slots=True)
class Shared:
    """A share and the link to sign for it."""

    share: Share
    link: Link


class Shares:
    """Use-cases on links that are kept."""

    def __init__(self, db: Database, links: Links) -> None:
        self._db = db
        self._links = links

    async def make(
        self,
        who: Principal,
        id: RecordingId,
        terms: Terms,
        *,
        media: MediaId | None = None,
        note: str | None = None,
    ) -> Shared:
        """A link to one media, or to the first audio. Raises Forbidden, NotFound, NotReady."""
        require(who, Scope.WRITE)
        linked = await self._links.to_media(who, id, terms, media=media)
        assert linked.link is not None
        assert linked.media is not None
        share = Share(
            id=LinkId(new_uuid()),
            account=who.account,
            recording=id,
            media=linked.media.id,
            form=terms.form,
            created_at=linked.link.issued_at,
            expires_at=linked.link.expires_at,
            note=note,
        )
        async with self._db.write() as tx:
            await found(tx, who, id)
            await tx.shares.add(who.account, share)
        return Shared(share, linked.link)

    async def of(self, who: Principal, id: RecordingId) -> list[Share]:
        """Newest first, revoked and expired ones too. Raises Forbidden, NotFound."""
        require(who, Scope.READ)
        async with self._db.read() as tx:
            await found(tx, who, id)
            return await tx.shares.of(who.account, id)

    async def revoke(self, who: Principal, recording: RecordingId, id: LinkId) -> None:
        """Dead from the next request on. Raises Forbidden, NotFound."""
        require(who, Scope.WRITE)
        async with self._db.write() as tx:
            await found(tx, who, recording)
            share = await tx.shares.get(who.account, id)
            if share is None or share.recording != recording:
                raise NotFound("no such link")
            await tx.shares.revoke(who.account, id, tx.now)

    async def refuse_revoked(self, who: Principal, id: UUID) -> None:
        """Raises LinkRevoked for a share that was revoked, or that never was."""
        async with self._db.read() as tx:
            share = await tx.shares.get(who.account, LinkId(id))
        if share is None or share.revoked_at is not None:
            raise LinkRevoked("the link was revoked")
