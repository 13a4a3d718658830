"""Fills a database on a PostgreSQL server: rows by COPY, then keys, indexes and statistics."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import asyncpg
from sqlalchemy import Table

from dictabelt.db.copying import TABLES
from dictabelt.db.postgresql.connecting import Connection, Reach
from dictabelt.db.postgresql.schema import upgrade
from dictabelt.db.query import Values

T = TypeVar("T")

_AHEAD = 8
_WORKERS = 2
_HOUR_MS = 3_600_000
_CONSTRAINTS: Final = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint
WHERE connamespace = current_schema()::regnamespace AND contype = ANY($1::text[])
  AND conrelid::regclass::text = ANY($2::text[])
ORDER BY 1, 2
"""
_INDEXES: Final = """
SELECT quote_ident(relname), pg_get_indexdef(indexrelid)
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE relnamespace = current_schema()::regnamespace AND indrelid::regclass::text = ANY($1::text[])
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')
ORDER BY 1
"""
_NAMES = [it.name for it in TABLES]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a table was without while it was filled: statements that make it again."""

    keys: Sequence[str]
    indexes: Sequence[str]
    references: Sequence[str]


class PostgresqlRows:
    """Takes rows of tables; they are copied while the next are made."""

    def __init__(self, thread: ThreadPoolExecutor, runner: asyncio.Runner) -> None:
        self._thread = thread
        self._runner = runner
        self._under_way: deque[Future[object]] = deque()
        self._connection: Connection | None = None

    def write(self, table: Table, rows: list[Values]) -> None:
        """Whole rows, in the order of the table's columns. Raises what an earlier copy raised."""
        while len(self._under_way) >= _AHEAD:
            self._under_way.popleft().result()
        if rows:
            self._under_way.append(self._thread.submit(self._run, self._copy(table, rows)))

    def begin(self, reach: Reach) -> Taken:
        """Makes the vault and takes all keys and indexes away."""
        return self._thread.submit(self._run, self._begin(reach)).result()

    def finish(self, reach: Reach, taken: Taken) -> None:
        """Waits for all rows, and makes everything that was taken away."""
        while self._under_way:
            self._under_way.popleft().result()
        self._thread.submit(self._run, self._finish(reach, taken)).result()

    def drop(self) -> None:
        """Ends what is under way, however far it is."""
        for it in self._under_way:
            it.cancel()
        self._thread.submit(self._run, self._drop()).result()

    def _run(self, work: Awaitable[T]) -> T:
        return self._runner.run(_awaited(work))

    async def _begin(self, reach: Reach) -> Taken:
        await upgrade(reach)
        self._connection = await reach.connect()
        taken = await _taken(self._connection)
        # rows of a table that is new to the transaction need no log where there is no replica
        await self._connection.execute(f"BEGIN; TRUNCATE {', '.join(_NAMES)}")
        return taken

    async def _copy(self, table: Table, rows: list[Values]) -> None:
        assert self._connection is not None
        names = [it.name for it in table.c]
        await self._connection.copy_records_to_table(
            table.name, records=rows, columns=names, timeout=_HOUR_MS
        )

    async def _finish(self, reach: Reach, taken: Taken) -> None:
        assert self._connection is not None
        await self._connection.execute("COMMIT")
        for part in (taken.keys, taken.indexes, taken.references):
            await _made(reach, part)
        await _made(reach, [f"VACUUM (FREEZE, ANALYZE) {it}" for it in _NAMES])

    async def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()


async def _awaited(work: Awaitable[T]) -> T:
    return await work


@contextmanager
def filling(url: str) -> Iterator[PostgresqlRows]:
    """A new vault in an empty database while it is filled; then with its keys and indexes."""
    reach = Reach(url, statement_ms=_HOUR_MS, lock_ms=_HOUR_MS, idle_ms=_HOUR_MS)
    with ThreadPoolExecutor(1) as thread, asyncio.Runner() as runner:
        into = PostgresqlRows(thread, runner)
        try:
            taken = into.begin(reach)
            yield into
            into.finish(reach, taken)
        finally:
            into.drop()


async def _taken(connection: Connection) -> Taken:
    references = await connection.fetch(_CONSTRAINTS, ["f"], _NAMES)
    keys = await connection.fetch(_CONSTRAINTS, ["p", "u"], _NAMES)
    indexes = await connection.fetch(_INDEXES, _NAMES)
    for table, name, _ in (*references, *keys):
        await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _ in indexes:
        await connection.execute(f"DROP INDEX {name}")
    return Taken(_adding(keys), [sql for _, sql in indexes], _adding(references))


def _adding(constraints: list[asyncpg.Record]) -> list[str]:
    return [f"ALTER TABLE {table} ADD CONSTRAINT {name} {it}" for table, name, it in constraints]


async def _made(reach: Reach, statements: Sequence[str]) -> None:
    """All of them, some at a time."""
    left = deque(statements)

    async def work() -> None:
        connection = await reach.connect()
        try:
            while left:
                await connection.execute(left.popleft())
        finally:
            await connection.close()

    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(_WORKERS):
                workers.create_task(work())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
