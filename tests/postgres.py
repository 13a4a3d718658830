"""A real PostgreSQL for the tests: from a wheel, or the one that the environment names."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg

from bench import postgresql_server
from bench.postgresql_server import DEADLINE, QUICK, Server
from dictabelt.db.tables import metadata

__all__ = ["NAMED", "Cluster", "Server", "available", "cluster", "own_server", "replica"]

NAMED = "DICTABELT_TEST_POSTGRESQL"


@contextmanager
def own_server(options: tuple[str, ...] = QUICK) -> Iterator[Server]:
    """A new server of the test's own, in a folder that is removed with it."""
    with _stopped(options) as made:
        made.make()
        made.start()
        yield made


@contextmanager
def replica(source: Server, options: tuple[str, ...] = ()) -> Iterator[Server]:
    """A server that follows `source`, and only reads."""
    with _stopped(options) as made:
        made.copy(source)
        made.start()
        yield made


@contextmanager
def _stopped(options: tuple[str, ...]) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="dictabelt-postgres-"))
    try:
        made = Server.in_folder(folder, options)
        try:
            yield made
        finally:
            made.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Cluster:
    """Makes databases on a running server; `template` is empty until it is filled."""

    url: str

    def url_of(self, database: str) -> str:
        base, _, query = self.url.partition("?")
        head, _, _ = base.rpartition("/")
        return f"{head}/{database}" + (f"?{query}" if query else "")

    async def make(self, template: str = "template0") -> str:
        """The URL of a new database, a copy of `template`."""
        name = f"test_{uuid4().hex}"
        locale = " LOCALE 'C.UTF-8'" if template == "template0" else ""
        await self._do(f"CREATE DATABASE {name} TEMPLATE {template}{locale}")
        return self.url_of(name)

    async def empty(self, url: str) -> None:
        """Forgets every row: a new database takes a tenth of a second, and its end as long."""
        tables = reversed(metadata.sorted_tables)
        connection = await asyncpg.connect(url, timeout=DEADLINE)
        try:
            await connection.execute("; ".join(f"DELETE FROM {it.name}" for it in tables))
        finally:
            await connection.close()

    async def drop(self, url: str) -> None:
        name = url.partition("?")[0].rpartition("/")[2]
        await self._do(f"DROP DATABASE {name} WITH (FORCE)")

    async def _do(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url, timeout=DEADLINE)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """The server that the environment names, or one of our own."""
    named = os.environ.get(NAMED)
    if named:
        yield Cluster(named)
        return
    with own_server() as made:
        yield Cluster(made.url)


def available() -> bool:
    """Whether there is a server to test with."""
    return bool(os.environ.get(NAMED)) or postgresql_server.available()
