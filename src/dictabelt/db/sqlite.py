"""The vault's rows in one SQLite file."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Self

from dictabelt.core.job import Ceiling
from dictabelt.core.ports import Jobs, Pulse, Reading, Seal, Writing
from dictabelt.db.engine import connect, connect_reader
from dictabelt.db.glances import Glances
from dictabelt.db.lease import Leases
from dictabelt.db.readers import Readers
from dictabelt.db.schema import upgrade
from dictabelt.db.seal import NoSeal
from dictabelt.db.writer import Writer


class SqliteDatabase:
    """Views and glances on readers, transactions on one writer with group commit."""

    def __init__(self, readers: Readers, glances: Glances, *, writer: Writer) -> None:
        self._readers = readers
        self._glances = glances
        self._writer = writer

    @classmethod
    def open(cls, path: Path, *, seal: Seal | None = None) -> Self:
        """Opens the file at `path`, made or brought up to date first. Raises StorageFailed.

        Without a `seal`, rows that hold secrets can be neither written nor read.
        """
        upgrade(path)
        seals = seal or NoSeal()
        open_reader = partial(connect_reader, path)
        readers, glances = Readers(open_reader, seal=seals), Glances(open_reader, seal=seals)
        return cls(readers, glances, writer=Writer(connect(path), seal=seals))

    @property
    def stirred(self) -> asyncio.Event:
        """Set once this process has committed a new job."""
        return self._writer.stirred

    def jobs(self, ceilings: Mapping[str, Ceiling] = MappingProxyType({})) -> Jobs:
        """The worker's side of the jobs in the file."""
        return Leases(self, self.stirred, ceilings=ceilings)

    def pulse(self) -> Pulse:
        """The instant, and a number that every commit changes, by whatever process."""
        return self._readers.pulse()

    def read(self) -> AbstractAsyncContextManager[Reading]:
        return self._readers.view()

    def glance(self) -> AbstractAsyncContextManager[Reading]:
        return self._glances.look()

    def survey(self) -> AbstractAsyncContextManager[Reading]:
        return self.read()

    def write(self) -> AbstractAsyncContextManager[Writing]:
        return self._writer.transaction()

    async def close(self) -> None:
        """Lets running transactions finish; the writer goes last, to fold its log into the file."""
        self._readers.close()
        self._glances.close()
        await self._writer.close()
