"""What a store holds, listed beside the rows that name it."""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dictabelt.core.ports import Blobs


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a store, the size of its bytes, and since when they are there, UTC."""

    key: str
    size: int
    kept_at: datetime


class Store(Blobs, Protocol):
    """A store that can be listed."""

    def entries(self) -> AsyncIterator[Entry]:
        """All of them in no order; those put or deleted meanwhile may show or not.

        Raises StorageFailed.
        """


class Ledger(Protocol):
    """Entries that are ticked off, however many there are: it keeps them on disk."""

    def note(self, entries: Iterable[Entry]) -> None:
        """Takes entries down, none of them ticked off."""

    def tick(self, key: str) -> int | None:
        """Ticks the key off; the size of its bytes, None where it was not taken down."""

    def size(self, key: str) -> int | None:
        """The size of its bytes, None where it was not taken down."""

    def total(self) -> tuple[int, int]:
        """How many entries there are, and bytes in them."""

    def left(self) -> Iterator[Entry]:
        """Those that nobody ticked off, by key."""

    def close(self) -> None:
        """Forgets everything."""


async def taken_down(store: Store, ledger: Ledger) -> None:
    """Notes all that the store holds. Raises StorageFailed."""
    held: list[Entry] = []
    listed = store.entries()
    async for it in listed:
        held.append(it)
        if len(held) >= _BATCH:
            ledger.note(held)
            held = []
    ledger.note(held)


_BATCH = 1000
