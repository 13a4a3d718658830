"""What can be wrong with a vault."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dictabelt.core.kept import Holding, Named


class Damage(StrEnum):
    """Kinds of it."""

    MISSING = "missing"
    SHORT = "short"
    LONG = "long"
    CHANGED = "changed"
    UNREADABLE = "unreadable"
    ELSEWHERE = "elsewhere"
    ORPHAN = "orphan"
    DATABASE = "database"
    SECRET = "secret"  # noqa: S105


OF_BYTES = (
    *(Damage.MISSING, Damage.SHORT, Damage.LONG),
    *(Damage.CHANGED, Damage.UNREADABLE, Damage.ELSEWHERE),
)
"""What can be wrong with bytes that a row names."""


@dataclass(frozen=True, slots=True)
class DatabaseFault:
    """What is wrong with the database, in its own words, and what its owner does about it."""

    reason: str
    fix: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: of a blob that rows name, of one that none names, or of the whole vault.

    `fix` is told where the kind of damage does not say it.
    """

    damage: Damage
    reason: str
    blob: str | None = None
    holding: "Holding | None" = None
    named: "Named | None" = None
    kept_at: datetime | None = None
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """Bytes that the store would not give just now: nothing is known of them."""

    reason: str
    blob: str
    holding: "Holding | None" = None
    named: "Named | None" = None


@dataclass(frozen=True, slots=True)
class Recovery:
    """Bytes that are marked as damaged, and were found whole now."""

    holding: "Holding"
    named: "Named"


Outcome = Finding | Recovery | Unread
"""What a check tells of."""
