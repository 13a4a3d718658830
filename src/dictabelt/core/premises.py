"""What the upkeep of a vault stands on: its parts, and the file and secret behind them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dictabelt.core.inventory import Ledger, Store
from dictabelt.core.ports import Audio, Database


class DatabaseFile(Protocol):
    """The database as a whole, whoever writes to it meanwhile."""

    async def faults(self) -> list[str]:
        """What is wrong with it, in its own words. Raises StorageFailed."""

    async def copy(self, target: Path) -> None:
        """All that is committed at one instant, as a file. Raises StorageFailed."""


@dataclass(frozen=True, slots=True)
class Premises:
    """A vault that may be in use by a server; `secret` is a fault where it cannot be read."""

    db: Database
    file: DatabaseFile
    store: Store
    audio: Audio
    secret: bytes | str
    ledger: Callable[[], Ledger]
