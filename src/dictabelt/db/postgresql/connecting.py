"""Connections to one PostgreSQL server, set up alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from ssl import SSLError
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg

from dictabelt.core.errors import StorageFailed
from dictabelt.db.postgresql.refusals import FAILURES, refusal

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

# There are a few dozen statements, and one more for each set of conditions of a search.
_STATEMENTS = 256
LARGE: Final = 6000
"""Characters of a statement; a longer one is kept by who asks it (`walks`), or made each time."""
# An answer is given up later than the server gives it up by itself.
_GRACE_SECONDS = 5.0
# Every statement reads a few rows by an index that has them in order. A server's guess at how many
# there are is of an account as large as the others, and for the largest it would sort all it has.
PLANS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "plan_cache_mode": "force_generic_plan",
        "enable_seqscan": "off",
        "enable_bitmapscan": "off",
        "enable_sort": "off",
        "enable_incremental_sort": "off",
        "enable_hashjoin": "off",
        "enable_mergejoin": "off",
        "enable_material": "off",
        # a row is as dear as a page: of two indexes the one that reads fewer rows
        "random_page_cost": "1",
        "cpu_tuple_cost": "1",
        "cpu_index_tuple_cost": "1",
        # what is switched off counts as dear, and what is dear would be compiled, or shared out
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
    }
)
_NO_URL = (
    "that is no URL of a database; check its port and options, "
    "and percent-encode `/`, `@` and `:` in its password"
)


@dataclass(frozen=True)
class Reach:
    """How to reach a server, and how long it may take.

    `url` is libpq's (postgresql://user:password@host:port/database?sslmode=verify-full); more
    than one host is tried in turn.
    """

    url: str
    connections: int = 16
    statement_ms: int = 30_000
    lock_ms: int = 5_000
    idle_ms: int = 60_000
    connect_seconds: float = 5.0

    async def connect(self) -> Connection:
        """Raises StorageFailed."""
        try:
            connection = await self._opened()
        except SSLError as error:
            # Python's is a ValueError too
            raise refusal(error) from error
        except ValueError:
            # whose text may quote a part of the password
            raise StorageFailed(_NO_URL) from None
        except FAILURES as error:
            raise refusal(error) from error
        try:
            await _speak(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def patient(self) -> Connection:
        """For work that may take hours. Raises what asyncpg raises."""
        limits = {"application_name": "dictabelt"}
        connection: Connection = await asyncpg.connect(
            self.url, timeout=self.connect_seconds, server_settings=limits
        )
        return connection

    async def _opened(self) -> Connection:
        connection: Connection = await asyncpg.connect(
            self.url,
            timeout=self.connect_seconds,
            command_timeout=self.statement_ms / 1000 + _GRACE_SECONDS,
            statement_cache_size=_STATEMENTS,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=LARGE,
            server_settings={
                "application_name": "dictabelt",
                "statement_timeout": str(self.statement_ms),
                "lock_timeout": str(self.lock_ms),
                "idle_in_transaction_session_timeout": str(self.idle_ms),
                **PLANS,
            },
        )
        return connection


async def _speak(connection: Connection) -> None:
    """Ids go and come as their 16 bytes, as in every other engine."""
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary"
    )
