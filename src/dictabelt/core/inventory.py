"""What a store holds, listed beside the rows that name it."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from dictabelt.core.ports import Blobs

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a store, the size of its bytes, since when they are there (UTC), their hash.

    The hash is "" where nobody has told it.
    """

    key: str
    size: int
    kept_at: datetime = LONG_AGO
    sha256: str = ""


class Store(Blobs, Protocol):
    """A store that can be listed."""

    def entries(self, under: str = "") -> AsyncIterator[Entry]:
        """All of them, or those below the folder `under`, in no order.

        Those put or deleted meanwhile may show or not. Raises StorageFailed.
        """


class Ledger(Protocol):
    """Entries that are ticked off, however many there are: it keeps them on disk."""

    def note(self, entries: Iterable[Entry]) -> None:
        """Takes entries down, none of them ticked off."""

    def tick(self, key: str) -> Entry | None:
        """Ticks the key off; its entry, None where it was not taken down."""

    def find(self, key: str) -> Entry | None:
        """Its entry, None where it was not taken down."""

    def total(self) -> tuple[int, int]:
        """How many entries there are, and bytes in them."""

    def left(self) -> Iterator[Entry]:
        """Those that nobody ticked off, by key."""

    def close(self) -> None:
        """Forgets everything."""


def _any(_it: Entry) -> bool:
    return True


async def taken_down(
    store: Store, ledger: Ledger, *, under: str = "", wanted: Callable[[Entry], bool] = _any
) -> None:
    """Notes what is `wanted` of all that the store holds, or of what is below the folder `under`.

    Raises StorageFailed.
    """
    held: list[Entry] = []
    listed = store.entries(under)
    async for it in listed:
        if wanted(it):
            held.append(it)
        if len(held) >= _BATCH:
            ledger.note(held)
            held = []
    ledger.note(held)


_BATCH = 1000
