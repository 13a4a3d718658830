"""Pages of a table that is read newest first: transcriptions and events."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Table, bindparam, select, tuple_

from dictabelt.core.ids import AccountId
from dictabelt.core.search import Page, Window
from dictabelt.db.event_tables import FORGOTTEN, events, transcriptions
from dictabelt.db.query import Query, Row, Runner
from dictabelt.db.search import Place, first
from dictabelt.db.search_queries import First
from dictabelt.db.values import write_id

T = TypeVar("T")

# A condition of these names is one of several types, any of which will do.
TYPE = "type_"
_LOWEST, _HIGHEST = bytes(16), b"\xff" * 16
_TABLES = {it.name: it for it in (events, transcriptions)}
_THERE: dict[str, tuple[ColumnElement[bool], ...]] = {
    "transcriptions": (transcriptions.c.state != FORGOTTEN,)
}


@cache
def place(of: str) -> Query:
    """Where a row of that table is in its order, a forgotten one too."""
    table = _TABLES[of]
    own = (table.c.account == bindparam("account"), table.c.id == bindparam("id"))
    return Query(select(table.c.created_at, table.c.id).where(*own), "account", "id")


@cache
def statement(of: str, names: frozenset[str], *, begin: First) -> Query:
    """Reads the rows of that table for which the conditions of these names hold."""
    table = _TABLES[of]
    order = tuple_(table.c.created_at, table.c.id)
    wanted = [table.c.account == bindparam("account"), *_THERE.get(of, ())]
    types = sorted(name for name in names if name.startswith(TYPE))
    if types:
        wanted.append(table.c.type.in_([bindparam(name) for name in types]))
    if "recording" in names:
        wanted.append(table.c.recording == bindparam("recording"))
    if "after" in names:
        wanted.append(order > tuple_(bindparam("after"), bindparam("after_id")))
    if "before" in names:
        wanted.append(order < tuple_(bindparam("before"), bindparam("before_id")))
    rows = select(table).where(*wanted)
    if begin is First.OLDEST:
        rows = rows.order_by(table.c.created_at, table.c.id)
    else:
        rows = rows.order_by(table.c.created_at.desc(), table.c.id.desc())
    return Query.of(rows.limit(bindparam("limit")).offset(bindparam("skip")))


def edges(
    created: tuple[int | None, int | None], *, behind: Place | None, ahead: Place | None
) -> dict[str, object]:
    """One edge on either side, `created` (from, before) and the places taken together.

    With two on a side SQLite begins at the outer one, and every page costs all before it.
    """
    earliest, end = created
    lower, upper = [ahead] if ahead else [], [behind] if behind else []
    if earliest is not None:
        lower.append((earliest - 1, _HIGHEST))
    if end is not None:
        upper.append((end, _LOWEST))
    said: dict[str, object] = {}
    if lower:
        said["after"], said["after_id"] = max(lower)
    if upper:
        said["before"], said["before_id"] = min(upper)
    return said


async def page(
    runner: Runner,
    account: AccountId,
    *,
    table: Table,
    given: tuple[Mapping[str, Any], Window],
    read: Callable[[Row], T],
) -> Page[T]:
    """What was asked for by `given`: values by condition, and the window; None is no condition.

    `read` makes a noun of a row.
    """
    conditions, window = given
    wanted = {it for it in (window.behind, window.ahead) if it is not None}
    places = await _places(runner, account, table, ids=wanted)
    if len(places) < len(wanted):
        return Page((), more=False)
    said = {name: it for name, it in conditions.items() if it is not None}
    created = said.pop("created_from", None), said.pop("created_before", None)
    behind, ahead = (places.get(it) for it in (window.behind, window.ahead))
    said |= edges(created, behind=behind, ahead=ahead)
    query = statement(table.name, frozenset(said), begin=first(window))
    said |= {"account": write_id(account), "limit": window.limit + 1, "skip": window.skip}
    # what is passed over, for its type or its number, may be any amount
    passing = window.skip or any(name.startswith(TYPE) for name in said)
    run = runner.search if passing else runner.rows
    return _page(await run(query, tuple(said[name] for name in query.names)), window, read=read)


async def _places(
    runner: Runner, account: AccountId, table: Table, *, ids: set[UUID]
) -> dict[UUID | None, Place]:
    """Where each is among the account's; those that never were are left out."""
    own, query = write_id(account), place(table.name)
    rows = {it: await runner.rows(query, (own, write_id(it))) for it in ids}
    return {it: (found[0][0], found[0][1]) for it, found in rows.items() if found}


def _page(rows: list[Row], window: Window, *, read: Callable[[Row], T]) -> Page[T]:
    """The page of rows that came in the order of `statement`, without the one too many."""
    items = [read(row) for row in rows[: window.limit]]
    if first(window) is First.OLDEST:
        items.reverse()
    return Page(tuple(items), len(rows) > window.limit)
