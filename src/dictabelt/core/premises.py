"""What the upkeep of a vault stands on: its parts, and the file and secret behind them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from dictabelt.core.damage import DatabaseFault
from dictabelt.core.inventory import Ledger, Store
from dictabelt.core.ports import Audio, Database
from dictabelt.core.watch import RowWatch


class DatabaseFile(Protocol):
    """The database as a whole, whoever writes to it meanwhile."""

    async def faults(self) -> list[DatabaseFault]:
        """What is wrong with it. Raises StorageFailed."""

    async def remarks(self) -> list[str]:
        """What its checks could not see, and how its owner lets them. Raises StorageFailed."""

    async def copy(self, target: Path) -> None:
        """All that is committed at one instant, as a file. Raises StorageFailed."""

    def opened(self, copy: Path) -> AbstractAsyncContextManager[Database]:
        """The rows of a copy; what is sealed stays so. Raises StorageFailed."""


@dataclass(frozen=True, slots=True)
class Premises:
    """A vault that may be in use by a server; `secret` is a fault where it cannot be read."""

    db: Database
    file: DatabaseFile
    store: Store
    audio: Audio
    secret: bytes | str
    ledger: Callable[[], Ledger]


class Shelf(Store, Protocol):
    """A store that a backup repository is kept in."""

    async def prepare(self) -> None:
        """Makes it where there is none. Raises StorageFailed."""

    async def sweep(self, *, before: datetime) -> int:
        """Removes what dead writers left unfinished before an instant; says how many."""


class Strongbox(Protocol):
    """Copies of a vault's secret: only told apart, in the open, or under a passphrase."""

    def fingerprint(self, secret: bytes) -> str:
        """Tells one secret from another, and nothing else about it."""

    def locked(self, secret: bytes, phrase: str) -> dict[str, str | int]:
        """What opens with the passphrase alone."""

    def opened(self, locked: Mapping[str, str | int], phrase: str) -> bytes:
        """Reverses `locked`. Raises Invalid for another passphrase."""


class ToFill(Protocol):
    """A database that a vault is restored into."""

    async def demand_empty(self) -> None:
        """Raises Conflict where a vault's rows are, StorageFailed."""

    async def filled(self, copy: Path) -> bool:
        """Whether all rows of an SQLite file are in, of a restore that was cut off behind them.

        False where there are none. Raises Conflict for others, StorageFailed.
        """

    async def fill(self, copy: Path, watch: RowWatch) -> None:
        """All rows of an SQLite file that nobody else has, or none of them.

        Raises Conflict where rows came meanwhile, StorageFailed.
        """

    def opened(self) -> AbstractAsyncContextManager[Database]:
        """The rows that are in; what is sealed stays so. Raises StorageFailed."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a vault is put together."""

    database: ToFill
    store: Shelf


@dataclass(frozen=True, slots=True)
class Depot:
    """What a backup repository stands on."""

    shelf: Shelf
    ledger: Callable[[], Ledger]
    strongbox: Strongbox
