"""The vault's rows in one SQLite file."""

from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Self

from dictabelt.core.ports import Reading, Writing
from dictabelt.db.engine import connect, connect_reader
from dictabelt.db.readers import Readers
from dictabelt.db.schema import upgrade
from dictabelt.db.writer import Writer


class SqliteDatabase:
    """Views on a pool of readers, transactions on one writer with group commit."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens the file at `path`, made or brought up to date first. Raises StorageFailed."""
        upgrade(path)
        return cls(Readers(partial(connect_reader, path)), Writer(connect(path)))

    def read(self) -> AbstractAsyncContextManager[Reading]:
        return self._readers.view()

    def write(self) -> AbstractAsyncContextManager[Writing]:
        return self._writer.transaction()

    async def close(self) -> None:
        """Lets running transactions finish; the writer goes last, to fold its log into the file."""
        self._readers.close()
        await self._writer.close()
