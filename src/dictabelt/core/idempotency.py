"""The nouns of idempotency keys: a wish to do a thing once, and the answer kept for it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer kept under a key; `fingerprint` is the hex SHA-256 of the request it answers."""

    operation: str
    key: str
    fingerprint: str
    answer: bytes
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class Once:
    """A wish to do a thing once: `operation` and `key` name it, `fingerprint` its content."""

    operation: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The bytes to answer with, and whether they were kept from a first time."""

    body: bytes
    replayed: bool
