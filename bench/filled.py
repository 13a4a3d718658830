"""Vaults of one kind of database that are full of made-up rows, by their number of recordings."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Table

from dictabelt.core.ports import Database
from dictabelt.db.query import Values


class Rows(Protocol):
    """Where rows go: one engine's fastest way in."""

    def write(self, table: Table, rows: list[Values]) -> None:
        """Whole rows, in the order of the table's columns; what they refer to came before."""


class Asked(Database, Protocol):
    """A vault that is asked, until it is closed."""

    async def close(self) -> None:
        """Lets running transactions finish."""


class Filled(Protocol):
    """Where such vaults are, and stay."""

    def has(self, count: int) -> bool:
        """Whether there is one of so many recordings."""

    def filling(self, count: int) -> AbstractContextManager[Rows]:
        """A new one while it is filled; it is there once the context has ended well."""

    def place(self, count: int) -> str:
        """Where it is, as an owner would say it; no password."""

    def size(self, count: int) -> int:
        """Bytes on the disk."""

    def settings(self) -> str:
        """The engine and its caches, in a few words."""

    async def answering(self, count: int) -> Sequence[int]:
        """Processes that answer for it now, besides this one, as far as they can be watched."""

    async def open(self, count: int) -> Asked:
        """Raises StorageFailed."""
