"""Hears when any process commits a job."""

import asyncio
from contextlib import suppress

from dictabelt.core.errors import StorageFailed
from dictabelt.db.postgresql.connecting import Connection, Reach
from dictabelt.db.postgresql.refusals import FAILURES
from dictabelt.db.postgresql.transactions import CHANNEL

_PAUSE_SECONDS = 1.0
_ALIVE_SECONDS = 30.0


class Listener:
    """A connection of its own, made anew when it is lost; `stirred` is set by what it hears."""

    def __init__(self, reach: Reach, stirred: asyncio.Event) -> None:
        self._reach = reach
        self._stirred = stirred
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Does nothing where it listens already."""
        if self._task is None:
            self._task = asyncio.create_task(self._listen())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _listen(self) -> None:
        while True:
            with suppress(StorageFailed, *FAILURES):
                await self._hear(await self._reach.connect())
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _hear(self, connection: Connection) -> None:
        """Until the connection is lost."""
        try:
            await connection.add_listener(CHANNEL, self._told)
            # what was committed while nobody listened
            self._stirred.set()
            while True:
                await asyncio.sleep(_ALIVE_SECONDS)
                await connection.execute("SELECT 1")
        finally:
            connection.terminate()

    def _told(self, *_: object) -> None:
        self._stirred.set()
