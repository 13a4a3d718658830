"""Hears when any process commits a job."""

import asyncio
import logging
from contextlib import suppress

from dictabelt.core.errors import StorageFailed
from dictabelt.db.postgresql.connecting import Connection, Reach
from dictabelt.db.postgresql.refusals import FAILURES, refusal
from dictabelt.db.postgresql.transactions import CHANNEL

_PAUSE_SECONDS = 1.0
_ALIVE_SECONDS = 30.0
log = logging.getLogger("dictabelt.db")


class Listener:
    """A connection of its own, made anew when it is lost; `stirred` is set by what it hears."""

    def __init__(self, reach: Reach, stirred: asyncio.Event) -> None:
        self._reach = reach
        self._stirred = stirred
        self._task: asyncio.Task[None] | None = None
        self._is_deaf = False

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
            try:
                await self._hear(await self._reach.connect())
            except StorageFailed as reason:
                self._tell(reason)
            except FAILURES as error:
                self._tell(refusal(error))
            await asyncio.sleep(_PAUSE_SECONDS)

    def _tell(self, reason: Exception) -> None:
        """Once, however often it is tried in vain."""
        if not self._is_deaf:
            log.warning(
                "the database tells of no new jobs; they are looked for meanwhile",
                extra={"reason": str(reason)},
            )
        self._is_deaf = True

    async def _hear(self, connection: Connection) -> None:
        """Until the connection is lost, and then raises."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(CHANNEL, self._told)
            self._is_deaf = False
            # what was committed while nobody listened
            self._stirred.set()
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), _ALIVE_SECONDS)
                await connection.execute("SELECT 1")
        finally:
            connection.terminate()

    def _told(self, *_: object) -> None:
        self._stirred.set()
