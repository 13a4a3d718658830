"""PostgreSQL vaults full of rows: databases of a server in a folder, or of one that is named."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg

from bench import postgresql_copy
from bench.postgresql_copy import PostgresqlRows
from bench.postgresql_server import QUICK, Server
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.postgresql.database import PostgresqlDatabase

_ASKED = ("shared_buffers=1GB",)
# What is filled may be filled again: no log, and all the memory that sorting has use for.
_FILLED = (
    *QUICK,
    *("shared_buffers=1GB", "maintenance_work_mem=1GB", "work_mem=256MB", "autovacuum=off"),
    *("wal_level=minimal", "max_wal_senders=0", "max_wal_size=32GB", "checkpoint_timeout=1h"),
)
_HAS: Final = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
_SETTINGS: Final = (
    "SELECT 'PostgreSQL ' || current_setting('server_version')"
    " || ', shared_buffers ' || current_setting('shared_buffers')"
)
_BACKENDS: Final = """
SELECT pid FROM pg_stat_activity
WHERE datname = $1 AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class PostgresqlVaults:
    """Databases of a running server, `rows_N` each; `own` is None for one that somebody named."""

    url: str
    own: Server | None = None

    def has(self, count: int) -> bool:
        return bool(self._told(_HAS, _name(count)))

    @contextmanager
    def filling(self, count: int) -> Iterator[PostgresqlRows]:
        aside = f"{_name(count)}_part"
        with self._hurried():
            self._told(f"DROP DATABASE IF EXISTS {aside}")
            self._told(f"CREATE DATABASE {aside} TEMPLATE template0 LOCALE 'C.UTF-8'")
            with postgresql_copy.filling(self._url_of(aside)) as into:
                yield into
            self._told(f"ALTER DATABASE {aside} RENAME TO {_name(count)}")

    def place(self, count: int) -> str:
        where = "the named server" if self.own is None else str(self.own.folder)
        return f"{where}, database {_name(count)}"

    def size(self, count: int) -> int:
        return int(self._told("SELECT pg_database_size($1::text::name)", _name(count)))

    def settings(self) -> str:
        return str(self._told(_SETTINGS))

    async def answering(self, count: int) -> Sequence[int]:
        if self.own is None:
            return ()
        connection = await asyncpg.connect(self.url)
        try:
            return [it["pid"] for it in await connection.fetch(_BACKENDS, _name(count))]
        finally:
            await connection.close()

    async def open(self, count: int) -> PostgresqlDatabase:
        return await PostgresqlDatabase.open(Reach(self._url_of(_name(count))))

    @contextmanager
    def _hurried(self) -> Iterator[None]:
        """Our own server forgets safety meanwhile."""
        if self.own is None:
            yield
            return
        _restart(self.own, _FILLED)
        try:
            yield
        finally:
            _restart(self.own, _ASKED)

    def _url_of(self, database: str) -> str:
        base, mark, query = self.url.partition("?")
        return f"{base.rpartition('/')[0]}/{database}{mark}{query}"

    def _told(self, statement: str, *values: object) -> Any:
        async def ask() -> Any:
            connection = await asyncpg.connect(self.url)
            try:
                return await connection.fetchval(statement, *values)
            finally:
                await connection.close()

        return asyncio.run(ask())


@contextmanager
def in_folder(folder: Path) -> Iterator[PostgresqlVaults]:
    """Those of a server whose files stay in the folder. Raises Failed."""
    own = folder / "postgresql"
    own.mkdir(parents=True, exist_ok=True)
    server = Server.in_folder(own, _ASKED)
    if not Path(server.data).exists():
        server.make()
    server.start()
    try:
        yield PostgresqlVaults(server.url, server)
    finally:
        server.stop()


def _restart(server: Server, options: tuple[str, ...]) -> None:
    server.stop()
    server.options = options
    server.start()


def _name(count: int) -> str:
    return f"rows_{count}"
