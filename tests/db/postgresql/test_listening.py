"""Whoever waits for jobs hears of them, and the log says when the database has gone silent."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from bench.postgresql_server import Server
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.postgresql.listening import Listener
from postgres import Cluster, own_server

DEADLINE = 60
SILENT = "the database tells of no new jobs; they are looked for meanwhile"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with own_server(options=()) as running:
        yield running


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[asyncio.Event]:
    stirred = asyncio.Event()
    listener = Listener(Reach(url), stirred)
    listener.start()
    try:
        yield stirred
    finally:
        await listener.close()


async def test_a_lost_connection_is_told_and_made_anew(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    url = await Cluster(server.url).make()
    told = asyncio.Event()

    def hear(_: logging.LogRecord) -> bool:
        told.set()
        return True

    caplog.handler.addFilter(hear)
    with caplog.at_level(logging.WARNING, "dictabelt.db"):
        async with asyncio.timeout(DEADLINE), listening(url) as stirred:
            await stirred.wait()
            await asyncio.to_thread(server.stop)
            stirred.clear()
            await told.wait()
            await asyncio.to_thread(server.start)
            await stirred.wait()
    assert caplog.messages == [SILENT]
    assert "does not answer" in caplog.records[0].__dict__["reason"]


async def test_of_many_tries_in_vain_one_is_told(caplog: pytest.LogCaptureFixture) -> None:
    tries = 0
    tried_again = asyncio.Event()

    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tries
        tries += 1
        writer.close()
        if tries > 2:
            tried_again.set()

    door = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = door.sockets[0].getsockname()[1]
    url = f"postgresql://vault@127.0.0.1:{port}/vault?sslmode=disable"
    async with asyncio.timeout(DEADLINE), door, listening(url):
        await tried_again.wait()
    assert caplog.messages == [SILENT]
