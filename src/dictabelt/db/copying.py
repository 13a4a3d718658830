"""Copies a vault's rows from one database to another, table by table, and compares them."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

import msgspec
from sqlalchemy import (
    Boolean,
    ColumnElement,
    LargeBinary,
    Table,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert

from dictabelt.core.errors import StorageFailed
from dictabelt.db import analysis_tables, event_tables, tables
from dictabelt.db.query import Query, Row

PAGE = 1000
# Tables are known once their modules are loaded.
_MODULES = (tables, event_tables, analysis_tables)
TABLES: Sequence[Table] = _MODULES[0].metadata.sorted_tables
# Every vault that was ever opened has a row in one of them that no other has.
_TELLING = (tables.accounts, tables.link_keys)
_SUM = 2**256
_NONE: ColumnElement[int] = literal_column("0")


class Side(Protocol):
    """One of the two databases; both give ids as bytes."""

    async def rows(self, query: Query, values: Row) -> list[Row]:
        """Of one moment, however long the copy takes. Raises StorageFailed."""

    async def add(self, query: Query, rows: list[Row]) -> None:
        """All of them or none. Raises StorageFailed, Conflict."""

    async def aclose(self) -> None:
        """Lets the database go."""


@dataclass(frozen=True)
class Sum:
    """The rows of a table: how many, and a hash that is the same in whatever order they come."""

    table: str
    rows: int
    hash: str


class Copy:
    """From `source` to `target`; one that was cut off goes on where it was."""

    def __init__(self, source: Side, target: Side, *, page: int = PAGE) -> None:
        self._source = source
        self._target = target
        self._page = page

    async def count(self) -> int:
        """How many rows the source has."""
        return sum([await _count(self._source, it) for it in TABLES])

    async def run(self, done: Callable[[int], None]) -> None:
        """`done` hears how many rows more are in the target.

        Raises StorageFailed, before anything is copied where the target is another vault's.
        """
        await self._refuse_another()
        for table in TABLES:
            there = await _count(self._target, table)
            last = await self._last(table) if there else None
            if last is not None:
                done(there)
            adding = _adding(table)
            async for page in _pages(self._source, table, last, size=self._page):
                await self._target.add(adding, page)
                done(len(page))

    async def compare(self) -> list[tuple[Sum, Sum]]:
        """Every table, in the source and in the target."""
        both = (self._source, self._target)
        return [(await _sum(both[0], it), await _sum(both[1], it)) for it in TABLES]

    async def demand_same(self) -> None:
        """Raises StorageFailed where any table differs."""
        wrong = [one.table for one, other in await self.compare() if one != other]
        if wrong:
            raise StorageFailed(f"the copy differs in: {', '.join(wrong)}; try again")

    async def _refuse_another(self) -> None:
        for table in _TELLING:
            if not await _keys(self._target, table) <= await _keys(self._source, table):
                raise StorageFailed("the target holds another vault; choose an empty database")

    async def _last(self, table: Table) -> Row | None:
        """The key to go on behind; None where text is in it, which each server orders its way."""
        keys = list(table.primary_key)
        if not all(isinstance(it.type, LargeBinary) for it in keys):
            return None
        downwards = [it.desc() for it in keys]
        query = Query.of(select(*keys).order_by(*downwards).limit(bindparam("limit")).offset(_NONE))
        return tuple((await self._target.rows(query, (1,)))[0])


async def _pages(
    side: Side, table: Table, last: Row | None, *, size: int = PAGE
) -> AsyncIterator[list[Row]]:
    """All rows behind that key, in its order."""
    keys = list(table.primary_key)
    places = [list(table.c).index(it) for it in keys]
    order = select(table).order_by(*keys).limit(bindparam("limit")).offset(_NONE)
    edge = tuple_(*(bindparam(f"last_{it.name}") for it in keys))
    first, more = Query.of(order), Query.of(order.where(tuple_(*keys) > edge))
    while True:
        query, values = (first, (size,)) if last is None else (more, (*last, size))
        found = await side.rows(query, values)
        if not found:
            return
        page = [_plain(table, it) for it in found]
        yield page
        last = tuple([page[-1][it] for it in places])


def _adding(table: Table) -> Query:
    names = [it.name for it in table.c]
    row = insert(table).values({name: bindparam(name) for name in names})
    return Query(row.on_conflict_do_nothing(), *names)


def _plain(table: Table, row: Row) -> Row:
    """The same values whatever engine they come from: SQLite has no truth, only 0 and 1."""
    return tuple(
        bool(value) if value is not None and isinstance(column.type, Boolean) else value
        for column, value in zip(table.c, row, strict=True)
    )


async def _count(side: Side, table: Table) -> int:
    [(count,)] = await side.rows(Query.of(select(func.count()).select_from(table)), ())
    return int(count)


async def _keys(side: Side, table: Table) -> set[Row]:
    return set(await side.rows(Query.of(select(*table.primary_key)), ()))


async def _sum(side: Side, table: Table) -> Sum:
    rows, total = 0, 0
    async for page in _pages(side, table, None):
        rows += len(page)
        for row in page:
            total += int.from_bytes(sha256(msgspec.msgpack.encode(row)).digest())
    return Sum(table.name, rows, f"{total % _SUM:064x}")


def refuse_unlike(found: str | None, head: str) -> None:
    """Raises StorageFailed for a source of another schema."""
    if found is None:
        raise StorageFailed("there is no vault to copy from")
    if found != head:
        raise StorageFailed(f"the source has schema {found}; `dictabelt db upgrade` it first")
