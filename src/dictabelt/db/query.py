"""A statement built once with SQLAlchemy, as text for an engine, and who can run it."""

from functools import cached_property
from typing import Any, Protocol, Self

from sqlalchemy import Table, bindparam, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.sql.expression import ClauseElement

Row = tuple[Any, ...]
Values = tuple[Any, ...]


class Query:
    """A statement whose values are given by position, in the order of `names`."""

    def __init__(self, statement: ClauseElement, *names: str) -> None:
        self.statement = statement
        self.names = names

    @classmethod
    def of(cls, statement: ClauseElement) -> Self:
        """A query that takes its values in whatever order its text needs; `names` tells it."""
        return cls(statement, *_order(_compiled(statement)))

    @cached_property
    def sqlite(self) -> str:
        """The text for SQLite. Raises ValueError when `names` is not the order of the text."""
        compiled = _compiled(self.statement)
        order = _order(compiled)
        if order != self.names:
            raise ValueError(f"the statement takes {order}, not {self.names}")
        return str(compiled)


def _compiled(statement: ClauseElement) -> Compiled:
    return statement.compile(dialect=sqlite.dialect(paramstyle="qmark"))


def _order(compiled: Compiled) -> tuple[str, ...]:
    return tuple(getattr(compiled, "positiontup", None) or ())


class Runner(Protocol):
    """Runs queries inside one transaction. Raises Conflict, Invalid or StorageFailed."""

    async def rows(self, query: Query, values: Values) -> list[Row]:
        """All rows the query gives, at once: for queries that read few."""

    async def search(self, query: Query, values: Values) -> list[Row]:
        """All rows the query gives, without stopping the loop however many it reads."""

    async def touch(self, query: Query, values: Values) -> int:
        """Changes rows and says how many."""


def insertion(table: Table) -> Query:
    """Adds one row; the values come in the order of the table's columns."""
    names = [column.name for column in table.c]
    return Query(insert(table).values({name: bindparam(name) for name in names}), *names)
