"""Pruning: which snapshots stay, and the objects that none of those names."""

from collections.abc import AsyncIterator, Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dictabelt.core.errors import Invalid
from dictabelt.core.inventory import Entry, Ledger, taken_down
from dictabelt.core.repository import OBJECTS, Repository, object_key
from dictabelt.core.snapshot import Snapshot

Dated = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class Policy:
    """Keeps the newest `last`, and the newest of each of the newest `daily` days (UTC)."""

    last: int = 0
    daily: int = 0

    def keeps(self, snapshots: Iterable[Dated]) -> set[str]:
        """Ids of those that stay. Raises Invalid where none would."""
        newest = sorted(snapshots, key=lambda it: it[1], reverse=True)
        ids = {id for id, _ in newest[: self.last]}
        ids |= _newest_of_each(newest, self.daily, lambda at: at.date())
        if newest and not ids:
            raise Invalid("no snapshot would be left; say --keep-last or --keep-daily")
        return ids


def _newest_of_each(
    newest: list[Dated], count: int, period: Callable[[datetime], Hashable]
) -> set[str]:
    found: dict[Hashable, str] = {}
    for id, at in newest:
        found.setdefault(period(at), id)
    return set(list(found.values())[:count])


async def references(repository: Repository, it: Snapshot) -> AsyncIterator[Entry]:
    """Every object that a snapshot needs, by key; size 0 where nobody has told it.

    Raises StorageFailed for a list that is not whole.
    """
    for sha256 in (*it.database.objects, *it.lists):
        yield Entry(object_key(sha256), 0, sha256=sha256)
    async for blob in repository.listed(it):
        yield Entry(object_key(blob.sha256), blob.size, sha256=blob.sha256)


async def unneeded(
    repository: Repository, ledger: Ledger, *, snapshots: Iterable[Snapshot]
) -> AsyncIterator[Entry]:
    """Objects that none of these names. Raises StorageFailed where that cannot be known."""
    await taken_down(repository.depot.shelf, ledger, under=OBJECTS)
    for snapshot in snapshots:
        async for it in references(repository, snapshot):
            ledger.tick(it.key)
    for it in ledger.left():
        yield it


class Act(Protocol):
    """Who forgets: a repository, or nobody in a dry run."""

    async def forget_snapshot(self, id: str) -> None: ...
    async def forget(self, sha256: str) -> None: ...


class Nothing:
    """Implements `Act` for a dry run."""

    async def forget_snapshot(self, id: str) -> None:
        del id

    async def forget(self, sha256: str) -> None:
        del sha256


@dataclass(frozen=True, slots=True)
class Pruned:
    """Ids of the snapshots that stay and that go, and the objects that go with them."""

    stay: tuple[str, ...]
    go: tuple[str, ...]
    objects: int
    bytes: int


async def prune(repository: Repository, policy: Policy, *, ledger: Ledger, act: Act) -> Pruned:
    """Forgets snapshots first, then what only they named: cut off in between, the rest is next.

    Raises Invalid where no snapshot would stay, StorageFailed.
    """
    snapshots = await repository.snapshots()
    ids = policy.keeps((id, it.made_at) for id, it in snapshots)
    go = [id for id, _ in snapshots if id not in ids]
    for id in go:
        await act.forget_snapshot(id)
    objects = size = 0
    whole = [it for id, it in snapshots if id in ids]
    async for it in unneeded(repository, ledger, snapshots=whole):
        await act.forget(it.sha256 or it.key.rpartition("/")[2])
        objects, size = objects + 1, size + it.size
    stay = tuple(id for id, _ in snapshots if id in ids)
    return Pruned(stay, tuple(go), objects, size)
