"""Verifying a backup: every object that its snapshots name is there, whole."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from dictabelt.core.damage import Damage
from dictabelt.core.digests import sha256_of
from dictabelt.core.errors import NotFound, StorageFailed
from dictabelt.core.ids import new_uuid
from dictabelt.core.inventory import Entry, Ledger, taken_down
from dictabelt.core.portion import NOTHING, Portion, Subset
from dictabelt.core.pruning import references
from dictabelt.core.repository import OBJECTS, Repository
from dictabelt.core.snapshot import Snapshot
from dictabelt.core.watch import Watch


@dataclass(frozen=True, slots=True)
class Flaw:
    """An object, or a snapshot, that is not whole; `snapshot` is one that needs it."""

    damage: Damage
    reason: str
    object: str
    snapshot: str


@dataclass(slots=True)
class Verified:
    """What was looked at."""

    snapshots: int = 0
    objects: int = 0
    bytes: int = 0
    read: int = 0
    read_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Verification:
    """One pass over a repository; it changes nothing."""

    repository: Repository
    ledger: Ledger
    counts: Verified = field(default_factory=Verified)

    async def flaws(self, subset: Subset | None, watch: Watch) -> AsyncGenerator[Flaw, None]:
        """Everything that is wrong, as it is found; lists are always read, and `subset` too."""
        await taken_down(self.repository.depot.shelf, self.ledger, under=OBJECTS)
        self.counts.objects, self.counts.bytes = self.ledger.total()
        watch.expect(self.counts.objects, self.counts.bytes)
        for id in await self.repository.ids():
            self.counts.snapshots += 1
            try:
                snapshot = await self.repository.snapshot(id)
                async for flaw in self._of(id, snapshot):
                    yield flaw
            except StorageFailed as error:
                yield Flaw(Damage.CHANGED, str(error), id, id)
        portion = subset.of(self.counts.bytes, new_uuid().hex) if subset else NOTHING
        async for flaw in self._read(portion, watch):
            yield flaw

    async def _of(self, id: str, snapshot: Snapshot) -> AsyncGenerator[Flaw, None]:
        async for it in references(self.repository, snapshot):
            there = self.ledger.tick(it.key)
            if there is None:
                yield Flaw(Damage.MISSING, "the object is not there", it.sha256, id)
            elif it.size and there.size != it.size:
                damage = Damage.SHORT if there.size < it.size else Damage.LONG
                reason = f"{there.size} bytes are there of {it.size}"
                yield Flaw(damage, reason, it.sha256, id)

    async def _read(self, portion: Portion, watch: Watch) -> AsyncGenerator[Flaw, None]:
        entries = self.repository.depot.shelf.entries(OBJECTS)
        async for it in entries:
            watch.done(it.size)
            if portion.has(it.key):
                reason = await self._changed(it)
                if reason is not None:
                    yield Flaw(Damage.CHANGED, reason, _name(it), "")

    async def _changed(self, it: Entry) -> str | None:
        self.counts.read += 1
        self.counts.read_bytes += it.size
        try:
            found = await sha256_of(await self.repository.open(_name(it)))
        except NotFound:  # pruned meanwhile
            return None
        except StorageFailed as error:
            return str(error)
        return None if found == _name(it) else f"its SHA-256 is {found}"


def _name(it: Entry) -> str:
    return it.key.rpartition("/")[2]
