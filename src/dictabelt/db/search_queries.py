"""The statements that search an account's recordings: one for each set of conditions."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    bindparam,
    select,
    text,
    true,
    tuple_,
    union_all,
)

from dictabelt.db import search_ways as ways
from dictabelt.db.calls import COLUMNS as CALL_COLUMNS
from dictabelt.db.query import Query, aside
from dictabelt.db.recording_rows import MEDIA_COLUMNS, RECORDING_COLUMNS
from dictabelt.db.search_ways import COLUMN_NAMES, FACET, PLACE, Place, Shape, Way
from dictabelt.db.tables import calls, media, recordings

# The client says which conditions there are: statements for all of them would fill the memory.
SHAPES = 256


class First(StrEnum):
    """Which recording a page begins with when the database cuts it off."""

    NEWEST = "newest"
    OLDEST = "oldest"


_BY_PLACE = "INDEXED BY ix_recordings_newest"
_OWN = recordings.c.account == bindparam("account")
_LIVE = recordings.c.deleted_at.is_(None)
_GONE = and_(
    recordings.c.deleted_at.is_not(None), recordings.c.deleted_at >= bindparam("deleted_since")
)
# Of recordings that another table tells of: each index but that by id needs what is not aside.
_FOUND_GONE = aside(recordings.c.deleted_at) >= bindparam("deleted_since")


@lru_cache(SHAPES)
def statement(shape: Shape, begin: First) -> Query:
    """One page without an order, a row a media with its position last."""
    page = _page(shape, begin).subquery("page")
    call = and_(calls.c.account == bindparam("account"), calls.c.id == page.c.call)
    file = and_(media.c.account == bindparam("account"), media.c.recording == page.c.id)
    return Query.text(
        select(
            *(page.c[name] for name in COLUMN_NAMES),
            *CALL_COLUMNS,
            *MEDIA_COLUMNS,
            media.c.position,
        ).select_from(page.outerjoin(calls, call).outerjoin(media, file))
    )


def _page(shape: Shape, begin: First) -> Select[Any] | CompoundSelect[Any]:
    """Merged from parts that an index has in order."""
    parts = list(_parts(shape))
    whole = parts[0] if len(parts) == 1 else union_all(*(_in_order(it, begin) for it in parts))
    places = (whole.selected_columns.created_at, whole.selected_columns.id)
    order = [it.desc() if begin is First.NEWEST else it.asc() for it in places]
    page = whole.order_by(*order).limit(bindparam("limit")).offset(bindparam("skip"))
    if ways.columns(ways.leader(shape)) != PLACE:
        return page
    place = page.subquery("place")
    life = true() if "deleted_since" in shape else _LIVE
    return _looked_up(
        place, (place.c.created_at, place.c.id), life, columns=tuple(RECORDING_COLUMNS)
    )


def _looked_up(
    them: FromClause, place: Place, life: ColumnElement[bool], *, columns: Sequence[Any]
) -> Select[Any]:
    """Columns of `them` and of the recordings whose places they have.

    The join is an outer one, so that none of them waits while recordings are read in search of it:
    SQLite takes many walks for many places, and PostgreSQL an account for one as large as others.
    They are looked up in the order of lists, where neighbours are near: ids are all over the place.
    """
    same = and_(_OWN, recordings.c.created_at == place[0], recordings.c.id == place[1], life)
    rows = select(*columns).select_from(them.outerjoin(recordings, same))
    return rows.with_hint(recordings, _BY_PLACE, "sqlite") if life is _LIVE else rows


def _in_order(part: Select[Any], begin: First) -> Select[Any]:
    """PostgreSQL merges parts that say their order, and sorts all rows of what does not."""
    way = "DESC" if begin is First.NEWEST else "ASC"
    order = text(f"ORDER BY created_at {way}, id {way}")
    return select(*part.suffix_with(order, dialect="postgresql").subquery().c)


def _parts(shape: Shape) -> Iterator[Select[Any]]:
    """Live ones and deleted ones, by each way."""
    leading = ways.leader(shape)
    wanted, facets = list(ways.beside(leading, shape)), list(ways.facets(shape))
    read = ways.columns(leading)
    for way in ways.of_live(leading, shape):
        kept = wanted if leading == FACET else [*wanted, *facets]
        yield _part(way, shape, life=_LIVE, columns=read).where(*kept)
    if "deleted_since" in shape:
        for way in ways.of_gone(leading):
            yield _part(way, shape, life=_GONE, columns=read).where(*wanted, *facets)


def _part(
    way: Way, shape: Shape, *, life: ColumnElement[bool], columns: tuple[str, ...]
) -> Select[Any]:
    created_at, id = way.place
    told: dict[str, ColumnElement[Any]] = {
        "created_at": created_at.label("created_at"),
        "id": id.label("id"),
    }
    read: list[ColumnElement[Any]] = [told.get(name, recordings.c[name]) for name in columns]
    if way.table is None:
        rows = select(*read).where(_OWN, life)
    else:
        found = _FOUND_GONE if life is _GONE else life
        rows = _looked_up(way.table, way.place, found, columns=read)
        rows = rows.where(aside(recordings.c.id).is_not(None))
    return rows.where(way.condition, *_within(way, shape))


def _within(way: Way, shape: Shape) -> Iterator[ColumnElement[bool]]:
    after, before = f"{way.edges}after", f"{way.edges}before"
    if after in shape:
        yield tuple_(bindparam(after), bindparam(f"{after}_id")) < tuple_(*way.place)
    if before in shape:
        yield tuple_(bindparam(before), bindparam(f"{before}_id")) > tuple_(*way.place)
