"""Opens the database that an owner chose."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dictabelt.core.errors import StorageFailed
from dictabelt.core.job import Ceiling
from dictabelt.core.ports import Database, Jobs, Seal
from dictabelt.core.premises import DatabaseFile, ToFill
from dictabelt.db.schema import HEAD
from dictabelt.db.seal import NoSeal


class Opened(Database, Protocol):
    """A database and its jobs, until it is closed."""

    def jobs(self, ceilings: Mapping[str, Ceiling]) -> Jobs:
        """The worker's side of its jobs, of which so many are at work at once."""

    async def close(self) -> None:
        """Lets running transactions finish."""


@dataclass(frozen=True)
class Choice:
    """An SQLite file, or a server by its URL; times in milliseconds."""

    file: Path
    url: str | None = None
    replica: str | None = None
    connections: int = 16
    statement_ms: int = 30_000

    async def open(self, seal: Seal) -> Opened:
        """Made or brought up to date first. Raises StorageFailed.

        The driver of the other engine is not imported: it would cost part of the start.
        """
        if self.url is None:
            from dictabelt.db.sqlite import SqliteDatabase

            return SqliteDatabase.open(self.file, seal=seal)
        from dictabelt.db.postgresql.connecting import Reach
        from dictabelt.db.postgresql.database import PostgresqlDatabase

        limits = (self.connections, self.statement_ms)
        replica = None if self.replica is None else Reach(self.replica, *limits)
        return await PostgresqlDatabase.open(Reach(self.url, *limits), replica=replica, seal=seal)

    async def beside(self, seal: Seal | None) -> tuple[Opened, DatabaseFile]:
        """For upkeep beside servers: the rows, and the database behind them.

        One on a server must have the schema of this version already. Raises StorageFailed.
        """
        if self.url is None:
            from dictabelt.db.inspection import SqliteFile
            from dictabelt.db.sqlite import SqliteDatabase

            return SqliteDatabase.open(self.file, seal=seal), SqliteFile(self.file)
        from dictabelt.db.postgresql.connecting import Reach
        from dictabelt.db.postgresql.database import PostgresqlDatabase
        from dictabelt.db.postgresql.inspection import ServerDatabase

        refuse_other(await self.revision())
        reach = Reach(self.url, self.connections, self.statement_ms)
        return PostgresqlDatabase(reach, None, seal=seal or NoSeal()), ServerDatabase(reach)

    def to_fill(self) -> ToFill:
        """For a vault that is restored."""
        if self.url is None:
            from dictabelt.db.filling import FileToFill

            return FileToFill(self.file)
        from dictabelt.db.postgresql.connecting import Reach
        from dictabelt.db.postgresql.filling import ServerToFill
        from dictabelt.db.sides import PATIENT_MS

        return ServerToFill(Reach(self.url, statement_ms=PATIENT_MS))

    async def exists(self) -> bool:
        """Whether there is a vault, in whatever state its file is. Raises StorageFailed."""
        return self.file.exists() if self.url is None else await self.revision() is not None

    async def revision(self) -> str | None:
        """The schema that is there; None where there is no vault. Raises StorageFailed."""
        if self.url is None:
            from dictabelt.db.schema import current

            return current(self.file)
        from dictabelt.db.postgresql.connecting import Reach
        from dictabelt.db.postgresql.schema import current as on_server

        return await on_server(Reach(self.url))

    async def upgrade(self) -> None:
        """Makes the tables, or brings them up to date. Raises StorageFailed."""
        if self.url is None:
            from dictabelt.db.schema import upgrade

            return upgrade(self.file)
        from dictabelt.db.postgresql.connecting import Reach
        from dictabelt.db.postgresql.schema import upgrade as on_server

        return await on_server(Reach(self.url))


def refuse_other(revision: str | None) -> None:
    """Raises StorageFailed for a schema that is not this version's."""
    if revision != HEAD:
        raise StorageFailed(
            f"the database has schema {revision} and this version needs {HEAD};"
            " `dictabelt db upgrade` it, or use the version that its servers run"
        )
