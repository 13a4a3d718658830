"""Checking: every row that names bytes against the store, and the store against the rows."""

import errno
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

from dictabelt.core.analysis import Drawing
from dictabelt.core.damage import Damage, Finding, Outcome, Recovery, Unread
from dictabelt.core.digests import sha256_of
from dictabelt.core.errors import Damaged, NotFound, StorageFailed
from dictabelt.core.ids import is_blob_key, new_uuid
from dictabelt.core.inventory import Entry, Ledger, taken_down
from dictabelt.core.kept import Holding, Named, Part, holdings
from dictabelt.core.portion import NOTHING, Portion, Subset
from dictabelt.core.ports import Blob
from dictabelt.core.premises import Premises
from dictabelt.core.watch import Watch

YOUNG = timedelta(days=1)
"""Bytes come before their row: those that no row names may be on their way in."""
_READ = "`dictabelt check --read-data` reads it"
REFUSALS = 10
"""A store that refuses so many times, and nothing in between, is away."""


@dataclass(slots=True)
class Counts:
    """What was looked at so far; `waiting` are young blobs that no row names yet.

    `blobs` and `bytes` are what the store holds under keys of this vault's accounts; `unread` is
    what it would not give, `refused` as much of that as was the last that it was asked for.
    """

    blobs: int = 0
    bytes: int = 0
    media: int = 0
    named: int = 0
    read: int = 0
    read_bytes: int = 0
    waiting: int = 0
    sealed: int = 0
    unread: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Survey:
    """One pass over a vault, which may be in use; it changes nothing.

    Bytes that are not those that were kept, or that a disk has lost, are damage. A store that
    refuses otherwise has said nothing of them.
    """

    at: Premises
    ledger: Ledger
    counts: Counts = field(default_factory=Counts)

    async def findings(self, subset: Subset | None, watch: Watch) -> AsyncGenerator[Outcome, None]:
        """All that is wrong, or whole again, as it is found; bytes of `subset` are read.

        The store is listed before the rows are read: bytes come before their row, so what is
        listed and named by no row is left over, young or deleted since. Raises StorageFailed,
        also where the store refuses again and again.
        """
        for wrong in await self.at.file.faults():
            yield Finding(Damage.DATABASE, wrong.reason, fix=wrong.fix)
        async for fault in self._unsealed():
            yield fault
        await self._listed()
        self.counts.blobs, self.counts.bytes = self.ledger.total()
        watch.expect(self.counts.blobs, self.counts.bytes)
        portion = subset.of(self.counts.bytes, new_uuid().hex) if subset else NOTHING
        async for holding in holdings(self.at.db):
            self.counts.media += 1
            for named in holding.named():
                for it in await self._checked(holding, named, portion=portion):
                    yield it
                found = self.ledger.find(named.blob)
                watch.done(found.size if found else 0)
        async for it in self._orphans():
            yield it

    async def _listed(self) -> None:
        """Takes down what this vault put there: another one's bytes may be beside them."""
        async with self.at.db.read() as tx:
            accounts = {it.id.hex for it in await tx.accounts.all()}

        def ours(it: Entry) -> bool:
            return is_blob_key(it.key) and it.key.partition("/")[0] in accounts

        await taken_down(self.at.store, self.ledger, wanted=ours)

    async def _unsealed(self) -> AsyncIterator[Finding]:
        if isinstance(self.at.secret, str):
            yield Finding(Damage.SECRET, self.at.secret)
            return
        async with self.at.db.read() as tx:
            for account in await tx.accounts.all():
                try:
                    self.counts.sealed += len(await tx.hooks.of(account.id))
                except StorageFailed as error:
                    yield Finding(Damage.SECRET, str(error))
                    return

    async def _checked(
        self, holding: Holding, named: Named, *, portion: Portion
    ) -> tuple[Outcome, ...]:
        self.counts.named += 1
        try:
            fault = await self._fault(holding, named, portion=portion)
        except StorageFailed as error:
            self._refused(error)
            return (Unread(str(error), named.blob, holding, named), *_standing(holding, named))
        found: tuple[Outcome, ...]
        if fault is None:
            seen = _is_read(named, portion) or _is_back(named)
            whole: tuple[Outcome, ...] = (
                (Recovery(holding, named),) if named.damage is not None else ()
            )
            found = whole if seen else _standing(holding, named)
        else:
            found = (Finding(*fault, named.blob, holding, named),)
        return found if found and await self._still(holding, named) else ()

    async def _fault(
        self, holding: Holding, named: Named, *, portion: Portion
    ) -> tuple[Damage, str] | None:
        listed = self.ledger.tick(named.blob)
        if not named.blob.startswith(f"{holding.account.hex}/"):
            return Damage.ELSEWHERE, "the row names bytes of another account"
        try:
            # what was put after the store was listed is not in the ledger
            size = listed.size if listed else await self._size(named.blob)
            if named.size is not None and size != named.size:
                damage = Damage.SHORT if size < named.size else Damage.LONG
                return damage, f"{size} bytes are there of {named.size}"
            if _is_read(named, portion):
                return await self._read(holding, named, size=size)
        except NotFound:
            return Damage.MISSING, "the bytes are not there"
        return None

    async def _size(self, key: str) -> int:
        blob = await self.at.store.open(key)
        await blob.close()
        self.counts.refused = 0
        return blob.size

    def _refused(self, error: StorageFailed) -> None:
        self.counts.unread += 1
        self.counts.refused += 1
        if self.counts.refused >= REFUSALS:
            raise error

    async def _read(
        self, holding: Holding, named: Named, *, size: int
    ) -> tuple[Damage, str] | None:
        try:
            blob = await self.at.store.open(named.blob)
            fault = await self._differs(holding, named, blob=blob)
        except StorageFailed as error:
            if not _is_of_bytes(error):
                raise
            fault = Damage.UNREADABLE, str(error)
        self.counts.read += 1
        self.counts.read_bytes += size
        self.counts.refused = 0
        return fault

    async def _differs(
        self, holding: Holding, named: Named, *, blob: Blob
    ) -> tuple[Damage, str] | None:
        if named.part is Part.PEAKS:
            await self._draw(blob)
            return None
        expected = named.sha256
        if named.part is Part.ORIGINAL and holding.media.packed and expected is None:
            expected = holding.media.sha256
            blob = await self._unpacked(holding, blob)
        found = await sha256_of(blob)
        if expected is None or found == expected:
            return None
        return Damage.CHANGED, f"their SHA-256 is {found}, not {expected}"

    async def _unpacked(self, holding: Holding, pack: Blob) -> Blob:
        media = holding.media
        if media.signal is None or media.size is None:
            await pack.close()
            raise Damaged("the row of a packed original does not say what it was")
        return await self.at.audio.packer.unpack(pack, media.signal, size=media.size)

    async def _draw(self, blob: Blob) -> None:
        try:
            data = await blob.read(0, blob.size)
        finally:
            await blob.close()
        self.at.audio.draw(data, Drawing())

    async def _still(self, holding: Holding, named: Named) -> bool:
        """Whether the row says the same now: what was deleted or moved meanwhile is no fault."""
        async with self.at.db.read() as tx:
            now = await tx.kept.of(holding.account, holding.media.id)
        return now is not None and named.blob in {it.blob for it in now.named()}

    async def _orphans(self) -> AsyncIterator[Finding | Unread]:
        async with self.at.db.read() as tx:
            before = tx.now - YOUNG
        for it in self.ledger.left():
            if it.kept_at > before:
                self.counts.waiting += 1
                continue
            try:
                await self._size(it.key)
            except NotFound:
                continue
            except StorageFailed as error:
                self._refused(error)
                yield Unread(str(error), it.key)
                continue
            reason = f"{it.size} bytes that no row names{_age(before + YOUNG - it.kept_at)}"
            yield Finding(Damage.ORPHAN, reason, it.key, kept_at=it.kept_at)


def _is_read(named: Named, portion: Portion) -> bool:
    """Whatever is read, what is marked is: its owner waits for it to be whole."""
    return portion.has(named.blob) or (named.damage is not None and portion != NOTHING)


def _is_of_bytes(error: StorageFailed) -> bool:
    """Whether it says something of the bytes: that they are wrong, or that a disk has lost them."""
    cause = error.__cause__
    lost = isinstance(cause, OSError) and cause.errno == errno.EIO
    return lost or isinstance(error, Damaged)


def _standing(holding: Holding, named: Named) -> tuple[Finding, ...]:
    """What an earlier check marked, and this one has not read."""
    if named.damage is None:
        return ()
    reason = "an earlier check marked it, and it was not read now"
    return (Finding(named.damage, reason, named.blob, holding, named, fix=_READ),)


def _is_back(named: Named) -> bool:
    """Whether its size is enough to say so: what was there and not whole is to be read."""
    return named.damage is Damage.MISSING and named.size is not None


def _age(age: timedelta) -> str:
    return f", {age.days} days old" if age.days > 1 else ", a day old"
