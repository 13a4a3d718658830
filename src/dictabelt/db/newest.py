"""Pages of a table that is read newest first: transcriptions and events."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Table, bindparam, select, tuple_

from dictabelt.core.ids import AccountId
from dictabelt.core.search import Page, Window
from dictabelt.db.event_tables import events, transcriptions
from dictabelt.db.query import Query, Row, Runner
from dictabelt.db.values import write_id

T = TypeVar("T")

# A condition of these names is one of several types, any of which will do; they come first.
TYPE = "type_"
_TABLES = {it.name: it for it in (events, transcriptions)}


def _condition(table: Table, name: str) -> ColumnElement[bool]:
    if name == "created_from":
        return table.c.created_at >= bindparam(name)
    if name == "created_before":
        return table.c.created_at < bindparam(name)
    return table.c[name] == bindparam(name)


@cache
def _statement(of: str, conditions: tuple[str, ...], edge: str | None) -> Query:
    table = _TABLES[of]
    place = tuple_(table.c.created_at, table.c.id)
    wanted = [table.c.account == bindparam("account")]
    names = ["account", *conditions]
    types = [name for name in conditions if name.startswith(TYPE)]
    if types:
        wanted.append(table.c.type.in_([bindparam(name) for name in types]))
    wanted += [_condition(table, name) for name in conditions if name not in types]
    if edge is not None:
        anchor = table.alias("anchor")
        instant = select(anchor.c.created_at).where(
            anchor.c.account == bindparam("anchor_account"), anchor.c.id == bindparam("anchor")
        )
        there = tuple_(instant.scalar_subquery(), bindparam("edge"))
        wanted.append(place < there if edge == "behind" else place > there)
        names += ["anchor_account", "anchor", "edge"]
    order = (
        (table.c.created_at, table.c.id)
        if edge == "ahead"
        else (table.c.created_at.desc(), table.c.id.desc())
    )
    page = select(table).where(*wanted).order_by(*order)
    return Query(page.limit(bindparam("limit")).offset(bindparam("skip")), *names, "limit", "skip")


async def page(
    runner: Runner,
    account: AccountId,
    table: Table,
    *,
    given: tuple[Mapping[str, Any], Window],
    read: Callable[[Row], T],
) -> Page[T]:
    """What was asked for by `given`: values by condition, and the window; None is no condition.

    `read` makes a noun of a row. A row that is gone is no edge: the page is
    empty then, as behind one that never was.
    """
    conditions, window = given
    said = {name: value for name, value in conditions.items() if value is not None}
    edge = "behind" if window.behind else "ahead" if window.ahead else None
    own = write_id(account)
    values: list[Any] = [own, *said.values()]
    anchor = window.behind or window.ahead
    if anchor is not None:
        values += [own, write_id(anchor), write_id(anchor)]
    query = _statement(table.name, tuple(said), edge)
    rows = await runner.rows(query, (*values, window.limit + 1, window.skip))
    items = [read(row) for row in rows[: window.limit]]
    return Page(tuple(reversed(items) if edge == "ahead" else items), len(rows) > window.limit)
