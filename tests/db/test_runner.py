"""Searches run beside the loop, and nobody else has their connection meanwhile."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from db.samples import keep, recording
from dictabelt.core.errors import StorageFailed
from dictabelt.core.ids import AccountId
from dictabelt.core.search import Search, Window
from dictabelt.db.engine import connect_reader
from dictabelt.db.readers import Readers
from dictabelt.db.seal import NoSeal
from dictabelt.db.sqlite import SqliteDatabase

DEADLINE = 10
TAGGED = Search(tag="a")


class Gate:
    """Opens connections whose first step in another thread waits until it is let through."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loops = threading.get_ident()
        self.opened: list[sqlite3.Connection] = []
        self.reached = threading.Event()
        self.let_through = threading.Event()

    def open(self) -> sqlite3.Connection:
        connection = connect_reader(self._path)
        connection.set_progress_handler(self._wait, 1)
        self.opened.append(connection)
        return connection

    def _wait(self) -> int:
        if threading.get_ident() == self._loops:
            return 0
        self.reached.set()
        return not self.let_through.wait(DEADLINE)


async def look(readers: Readers, owner: AccountId, search: Search) -> list[object]:
    async with readers.view() as view:
        return list((await view.recordings.find(owner, search, Window(5))).items)


async def test_the_loop_goes_on_while_a_search_takes_its_time(
    database: SqliteDatabase, path: Path, ours: AccountId
) -> None:
    it = recording(ours, tags=("a",))
    await keep(database, it)
    gate = Gate(path)
    readers = Readers(gate.open, seal=NoSeal())
    searching = asyncio.create_task(look(readers, ours, TAGGED))
    assert await asyncio.to_thread(gate.reached.wait, DEADLINE)
    # the plain page is never in a thread, so the gate does not hold it
    assert await look(readers, ours, Search()) == [it]
    assert not searching.done()
    gate.let_through.set()
    assert await searching == [it]
    readers.close()


async def test_a_cancelled_view_keeps_its_connection_until_the_search_is_over(
    database: SqliteDatabase, path: Path, ours: AccountId
) -> None:
    it = recording(ours, tags=("a",))
    await keep(database, it)
    gate = Gate(path)
    readers = Readers(gate.open, seal=NoSeal())
    searching = asyncio.create_task(look(readers, ours, TAGGED))
    assert await asyncio.to_thread(gate.reached.wait, DEADLINE)
    for _ in range(3):
        searching.cancel()
        await asyncio.sleep(0)
    assert not searching.done()
    other = readers.take()
    assert other is not gate.opened[0]
    readers.give(other)
    gate.let_through.set()
    with pytest.raises(asyncio.CancelledError):
        await searching
    assert readers.take() is gate.opened[0]
    readers.give(gate.opened[0])
    assert await look(readers, ours, TAGGED) == [it]
    readers.close()


async def test_no_search_after_the_end(database: SqliteDatabase, ours: AccountId) -> None:
    async with database.read() as view:
        pass
    with pytest.raises(StorageFailed):
        await view.recordings.find(ours, TAGGED, Window(1))


async def test_a_body_cancelled_in_its_search_leaves_the_writer_as_it_was(
    database: SqliteDatabase, ours: AccountId
) -> None:
    lost, kept = recording(ours, tags=("a",)), recording(ours)
    began = asyncio.Event()

    async def add_then_search() -> None:
        async with database.write() as tx:
            await tx.recordings.add(ours, lost)
            began.set()
            while True:
                await tx.recordings.find(ours, TAGGED, Window(1))

    searching = asyncio.create_task(add_then_search())
    await began.wait()
    searching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await searching
    await keep(database, kept)
    async with database.read() as view:
        assert (await view.recordings.find(ours, Search(), Window(5))).items == (kept,)
