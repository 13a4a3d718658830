"""A statement built once with SQLAlchemy, as text for an engine, and who can run it."""

from functools import cached_property
from typing import Any, Protocol

from sqlalchemy import Table, bindparam, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.expression import ClauseElement

Row = tuple[Any, ...]
Values = tuple[Any, ...]


class Query:
    """A statement whose values are given by position, in the order of `names`."""

    def __init__(self, statement: ClauseElement, *names: str) -> None:
        self.statement = statement
        self.names = names

    @cached_property
    def sqlite(self) -> str:
        """The text for SQLite. Raises ValueError when `names` is not the order of the text."""
        compiled = self.statement.compile(dialect=sqlite.dialect(paramstyle="qmark"))
        order = tuple(getattr(compiled, "positiontup", None) or ())
        if order != self.names:
            raise ValueError(f"the statement takes {order}, not {self.names}")
        return str(compiled)


class Runner(Protocol):
    """Runs queries inside one transaction. Raises Conflict, Invalid or StorageFailed."""

    async def rows(self, query: Query, values: Values) -> list[Row]:
        """All rows the query gives."""

    async def touch(self, query: Query, values: Values) -> int:
        """Changes rows and says how many."""


def insertion(table: Table) -> Query:
    """Adds one row; the values come in the order of the table's columns."""
    names = [column.name for column in table.c]
    return Query(insert(table).values({name: bindparam(name) for name in names}), *names)
