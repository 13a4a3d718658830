"""What a server's catalogue and counters say of a vault's tables."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import ForeignKeyConstraint, and_, func, literal_column, select
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.schema import AddConstraint, CreateIndex, ExecutableDDLElement

from dictabelt.core.damage import DatabaseFault
from dictabelt.db.copying import TABLES
from dictabelt.db.postgresql.connecting import Connection
from dictabelt.db.query import Query

_MOST: Final = 20
RESTORE: Final = (
    "stop the vault and bring the database back: by the server's own backup (point-in-time"
    " recovery, pg_restore), or by `dictabelt restore` into an empty database"
)
_HERE: Final = "current_schema()::regnamespace"
_NAMES: Final = f"""
    SELECT relname::text FROM pg_class WHERE relnamespace = {_HERE}
    UNION SELECT conname::text FROM pg_constraint WHERE connamespace = {_HERE}
"""  # noqa: S608
_INVALID: Final = f"""
    SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relnamespace = {_HERE} AND NOT (indisvalid AND indisready AND indislive) ORDER BY 1
"""  # noqa: S608
_DOUBTED: Final = f"""
    SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint
    WHERE connamespace = {_HERE} AND NOT convalidated ORDER BY 1, 2
"""  # noqa: S608
_FAILED_PAGES: Final = (
    "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
)


async def faults(connection: Connection) -> list[DatabaseFault]:
    """What is missing, not valid or counted as damaged. Raises what asyncpg raises."""
    there = {it[0] for it in await connection.fetch(_NAMES)}
    lost = sorted((name, fix) for name, fix in _expected() if name not in there)
    found = [DatabaseFault(f"{name} is not there", fix) for name, fix in lost]
    for (index,) in await connection.fetch(_INVALID):
        fix = f"unless it is being built just now: REINDEX INDEX CONCURRENTLY {index}"
        found.append(DatabaseFault(f"index {index} is not valid", fix))
    for table, constraint in await connection.fetch(_DOUBTED):
        fix = f"ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}"
        found.append(DatabaseFault(f"{constraint} of {table} was never checked", fix))
    failed = await connection.fetchval(_FAILED_PAGES)
    if failed:
        fix = f"look at its disk and its log; {RESTORE}; then SELECT pg_stat_reset()"
        found.append(DatabaseFault(f"the server met {failed} pages with a wrong checksum", fix))
    return found


async def broken_references(connection: Connection) -> list[DatabaseFault]:
    """Rows that refer to what is not there, which a trigger that was off lets in."""
    found = []
    for table in TABLES:
        for it in sorted(table.foreign_key_constraints, key=lambda it: str(it.name)):
            count = await connection.fetchval(_dangling(it))
            if count:
                count = f"{count} or more" if count == _MOST else count
                reason = f"rows of {table.name} refer to what is not in {it.referred_table.name}"
                found.append(DatabaseFault(f"{reason}: {count}", RESTORE))
    return found


async def remarks(connection: Connection) -> list[str]:
    """Whether the server notices pages that its disk changed."""
    on = await connection.fetchval("SHOW data_checksums") == "on"
    off = "off, so changed pages are not noticed; with the server stopped: pg_checksums --enable"
    return [f"data checksums of the server: {'on' if on else off}"]


def _expected() -> Iterator[tuple[str, str]]:
    """What the schema has, by name, and how to have it again."""
    for table in TABLES:
        yield table.name, RESTORE
        for index in table.indexes:
            yield str(index.name), _statement(CreateIndex(index))
        for it in table.foreign_key_constraints:
            yield str(it.name), _statement(AddConstraint(it, isolate_from_table=False))


def _statement(it: ExecutableDDLElement) -> str:
    return " ".join(str(it.compile(dialect=PGDialect())).split())  # type: ignore[no-untyped-call]


def _dangling(it: ForeignKeyConstraint) -> str:
    """Counts such rows, up to a few."""
    parent = it.referred_table.alias("parent")
    pairs = [(one.parent, parent.c[one.column.name]) for one in it.elements]
    joined = it.table.outerjoin(parent, and_(*(here == there for here, there in pairs)))
    lost = [pairs[-1][1].is_(None), *(here.is_not(None) for here, _ in pairs)]
    some = select(pairs[0][0]).select_from(joined).where(*lost)
    few = some.limit(literal_column(str(_MOST))).offset(literal_column("0")).subquery()
    return Query.of(select(func.count()).select_from(few)).postgresql
