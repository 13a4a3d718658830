"""Which blobs are read when not all are: a share drawn anew, or one of so many groups."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

_SPACE = 2**64


@dataclass(frozen=True, slots=True)
class Portion:
    """Those whose hash falls from `first` up to `end`, each from 0 to 1; `salt` draws anew."""

    first: float = 0.0
    end: float = 0.0
    salt: str = ""

    def has(self, key: str) -> bool:
        """Whether this key is one of them."""
        digest = hashlib.sha256(f"{self.salt}{key}".encode()).digest()
        return self.first <= int.from_bytes(digest[:8]) / _SPACE < self.end


NOTHING = Portion()
EVERYTHING = Portion(end=2.0)


class Subset(Protocol):
    """A part that somebody asks for, before anybody knows how much there is."""

    def of(self, total: int, salt: str) -> Portion:
        """For a store of `total` bytes; another `salt` may mean another part."""


@dataclass(frozen=True, slots=True)
class Share:
    """So much of everything, another part each time."""

    part: float

    def of(self, total: int, salt: str) -> Portion:
        """For a store of `total` bytes."""
        del total
        return EVERYTHING if self.part >= 1 else Portion(end=self.part, salt=salt)


@dataclass(frozen=True, slots=True)
class Group:
    """The `number`-th of `count`: reading them all reads everything."""

    number: int
    count: int

    def of(self, total: int, salt: str) -> Portion:
        """The same each time."""
        del total, salt
        end = 2.0 if self.number == self.count else self.number / self.count
        return Portion((self.number - 1) / self.count, end)


@dataclass(frozen=True, slots=True)
class Amount:
    """About so many bytes, others each time."""

    bytes: int

    def of(self, total: int, salt: str) -> Portion:
        """For a store of `total` bytes."""
        return Share(self.bytes / total if total else 1.0).of(total, salt)
