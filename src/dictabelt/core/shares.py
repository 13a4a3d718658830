"""Shares: links that their owner lists and revokes one by one."""

from dataclasses import dataclass

from dictabelt.core.access import require
from dictabelt.core.errors import NotFound
from dictabelt.core.ids import LinkId, MediaId, RecordingId, new_uuid
from dictabelt.core.leashes import COARSE, QUIET, admitted, bounded, continued, goes_on, is_recent
from dictabelt.core.links import Links
from dictabelt.core.nouns import Link, Principal, Scope, Terms
from dictabelt.core.ports import Database, Reading, Writing
from dictabelt.core.recordings import found, media_of
from dictabelt.core.share import Caller, Leash, Share, Use

_FREE = Leash()


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
        leash: Leash = _FREE,
    ) -> Shared:
        """A link to one media, or to the first audio.

        Raises Forbidden, NotFound, NotReady, and Invalid for terms or a leash that cannot be.
        """
        require(who, Scope.WRITE)
        held = bounded(leash)
        linked = await self._links.to_media(who, id, terms, media=media)
        assert linked.link is not None
        assert linked.media is not None
        share = Share(
            id=LinkId(new_uuid()),
            account=who.account,
            recording=id,
            media=linked.media.id,
            variant=terms.variant,
            created_at=linked.link.issued_at,
            expires_at=linked.link.expires_at,
            note=held.note,
            made_by=who.key,
            uses=held.uses,
            networks=held.networks,
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

    async def get(self, who: Principal, recording: RecordingId, id: LinkId) -> Share:
        """One of a recording. Raises Forbidden, NotFound."""
        require(who, Scope.READ)
        async with self._db.read() as tx:
            return await _own(tx, who, recording, id=id)

    async def revoke(self, who: Principal, recording: RecordingId, id: LinkId) -> None:
        """Dead from the next request on. Raises Forbidden, NotFound."""
        require(who, Scope.WRITE)
        async with self._db.write() as tx:
            await _own(tx, who, recording, id=id)
            await tx.shares.revoke(who.account, id, tx.now)

    async def look(self, who: Principal, id: LinkId, caller: Caller) -> None:
        """Raises what `admit` would raise now; counts nothing."""
        async with self._db.read() as tx:
            share, use = await _seen(tx, who, id, caller=caller)
            admitted(share, use, caller=caller, now=tx.now)

    async def admit(self, who: Principal, id: LinkId, caller: Caller) -> None:
        """Lets a caller follow the link, and counts it: one use for all requests of an address
        until 15 minutes after its last.

        What changes nothing is not written: requests within a minute of one that was.
        Raises LinkRevoked, LinkElsewhere, LinkUsedUp, and NotFound when the media is gone.
        """
        async with self._db.read() as tx:
            share, use = await _seen(tx, who, id, caller=caller)
            admitted(share, use, caller=caller, now=tx.now)
            if is_recent(use, tx.now):
                return
        # Looked at again: of two who come at once for the last use, one finds it gone.
        async with self._db.write() as tx:
            share, use = await _seen(tx, who, id, caller=caller)
            good = admitted(share, use, caller=caller, now=tx.now)
            # Of what is deleted meanwhile, no address is written down again.
            media_of(await found(tx, who, good.recording), good.media)
            await _count(tx, who, good, caller=caller, use=use)


async def _own(
    tx: Reading | Writing, who: Principal, recording: RecordingId, *, id: LinkId
) -> Share:
    await found(tx, who, recording)
    share = await tx.shares.get(who.account, id)
    if share is None or share.recording != recording:
        raise NotFound("no such link")
    return share


async def _seen(
    tx: Reading | Writing, who: Principal, id: LinkId, *, caller: Caller
) -> tuple[Share | None, Use | None]:
    share = await tx.shares.get(who.account, id)
    return share, await tx.shares.use(who.account, id, caller.address)


async def _count(
    tx: Writing, who: Principal, share: Share, *, caller: Caller, use: Use | None
) -> None:
    now, more = tx.now, 0 if goes_on(use, tx.now) else 1
    if more:
        # Nobody's address is kept longer than it is needed.
        await tx.shares.forget_uses(who.account, now - QUIET - COARSE)
    await tx.shares.put_use(who.account, continued(use, share, caller=caller, now=now))
    await tx.shares.heard(who.account, share.id, more=more, at=now)
