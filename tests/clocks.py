"""A database whose instants the test decides."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from dictabelt.core.ports import Beat, Database, Reading, Writing, beat_of


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime

    def forward(self, by: timedelta) -> None:
        self.now += by


class Clocked:
    """Implements `Database`: another one's rows, at the clock's instants."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    @property
    def pulse(self) -> Beat | None:
        beat = beat_of(self._db)
        return None if beat is None else lambda: replace(beat(), now=self._clock.now)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reading]:
        async with self._db.read() as tx:
            yield cast(Reading, _At(tx, self._clock.now))

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[Reading]:
        async with self._db.glance() as tx:
            yield cast(Reading, _At(tx, self._clock.now))

    @asynccontextmanager
    async def survey(self) -> AsyncIterator[Reading]:
        async with self._db.survey() as tx:
            yield cast(Reading, _At(tx, self._clock.now))

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writing]:
        async with self._db.write() as tx:
            yield cast(Writing, _At(tx, self._clock.now))


class _At:
    """A transaction, but for its instant."""

    def __init__(self, tx: Reading | Writing, now: datetime) -> None:
        self._tx = tx
        self.now = now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)
