"""A statement built once with SQLAlchemy, as text for an engine, and who can run it."""

from collections.abc import Callable
from functools import cached_property
from itertools import count
from typing import Any, Protocol, Self, TypeVar

from sqlalchemy import ColumnElement, Table, bindparam, func, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.sql.expression import ClauseElement

Row = tuple[Any, ...]
Values = tuple[Any, ...]
Noun = TypeVar("Noun")

# Under these names a statement takes the account whose rows it is about.
_OWNERS = frozenset({"account", "of_account", "media_account"})


class Query:
    """A statement whose values are given by position, in the order of `names`."""

    def __init__(self, statement: ClauseElement, *names: str, turn: bytes | None = None) -> None:
        self.statement = statement
        self.names = names
        self.turn = turn

    @classmethod
    def of(cls, statement: ClauseElement, *, turn: bytes | None = None) -> Self:
        """A query that takes its values in whatever order its text needs; `names` tells it.

        Those of one `turn`, 8 bytes, run one after another, transaction by transaction.
        """
        return cls(statement, *_order(_compiled(statement, sqlite.dialect)), turn=turn)

    @classmethod
    def text(cls, statement: ClauseElement) -> Self:
        """A query that keeps its texts alone: a statement takes many times their memory."""
        compiled = _compiled(statement, sqlite.dialect)
        made = cls(statement, *_order(compiled))
        made.sqlite = str(compiled)
        made.postgresql = made._numbered()
        del made.statement
        return made

    @cached_property
    def sqlite(self) -> str:
        """The text for SQLite. Raises ValueError when `names` is not the order of the text."""
        return self._text(sqlite.dialect)

    @cached_property
    def postgresql(self) -> str:
        """The text for asyncpg, with $1 for the first of `names`. Raises ValueError as `sqlite`."""
        return self._numbered()

    def _numbered(self) -> str:
        *parts, end = self._text(PGDialect).split("?")
        if len(parts) != len(self.names):
            raise ValueError("a question mark in the statement is no place of a value")
        return "".join(f"{part}${n}" for n, part in zip(count(1), parts, strict=False)) + end

    @cached_property
    def owner(self) -> int | None:
        """Where in the values the account is, for a statement about the rows of one."""
        return next((n for n, name in enumerate(self.names) if name in _OWNERS), None)

    def _text(self, dialect: type[DefaultDialect]) -> str:
        compiled = _compiled(self.statement, dialect)
        order = _order(compiled)
        if order != self.names:
            raise ValueError(f"the statement takes {order}, not {self.names}")
        return str(compiled)


def _compiled(statement: ClauseElement, dialect: type[DefaultDialect]) -> Compiled:
    return statement.compile(dialect=dialect(paramstyle="qmark"))


def _order(compiled: Compiled) -> tuple[str, ...]:
    return tuple(getattr(compiled, "positiontup", None) or ())


class Runner(Protocol):
    """Runs queries inside one transaction. Raises Conflict, Invalid or StorageFailed."""

    async def rows(self, query: Query, values: Values) -> list[Row]:
        """All rows the query gives, at once: for queries that read few."""

    async def search(self, query: Query, values: Values) -> list[Row]:
        """All rows the query gives, without stopping the loop however many it reads."""

    async def made(self, query: Query, values: Values, *, of: Callable[[list[Row]], Noun]) -> Noun:
        """What `of` makes of the few rows that the query gives.

        A runner may give again what was made before while no row has changed,
        so nobody changes a noun, and `of` makes the same of the same query and values.
        """

    async def touch(self, query: Query, values: Values) -> int:
        """Changes rows and says how many."""


def aside(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same value, for which no index is used."""
    return func.coalesce(column, column)


def insertion(table: Table) -> Query:
    """Adds one row; the values come in the order of the table's columns."""
    names = [column.name for column in table.c]
    return Query(insert(table).values({name: bindparam(name) for name in names}), *names)
