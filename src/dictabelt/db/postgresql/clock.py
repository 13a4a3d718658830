"""The server's clock as seen from here, so that an instant costs no question."""

import time
from datetime import UTC, datetime, timedelta

from dictabelt.db.postgresql.connecting import Connection

_FRESH_SECONDS = 1.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"


class ServerClock:
    """Asks the server at most once a second, and goes on from its answer meanwhile.

    Every process takes its instants from the one server, so machines whose own
    clocks differ agree to within the time that a question takes.
    """

    def __init__(self) -> None:
        self._ahead: float | None = None
        self._asked = 0.0

    def now(self) -> datetime | None:
        """The server's instant, UTC; None when it is time to `ask` again."""
        here = time.monotonic()
        if self._ahead is None or here - self._asked > _FRESH_SECONDS:
            return None
        return _EPOCH + timedelta(microseconds=round((here + self._ahead) * 1_000_000))

    async def ask(self, connection: Connection) -> None:
        """Raises what asyncpg raises."""
        sent = time.monotonic()
        there = await connection.fetchval(_NOW) / 1_000_000
        came = time.monotonic()
        self._asked = came
        # while it may be right it stays: an instant must not lie before one that was given out
        if self._ahead is None or not there - came <= self._ahead <= there - sent:
            self._ahead = there - (sent + came) / 2
