"""However many searches of many walks a client makes up, a connection keeps few of them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from db.samples import NOON, account
from dictabelt.core.nouns import Direction, State
from dictabelt.core.search import Search, Window
from dictabelt.db.postgresql.connecting import LARGE, Connection, Reach
from dictabelt.db.postgresql.walks import MOST, Walks
from dictabelt.db.query import Query
from dictabelt.db.recordings import Recordings
from dictabelt.db.search_queries import First, statement

CONDITIONS: list[dict[str, Any]] = [
    {"created_from": NOON},
    {"created_before": NOON},
    {"shortest_ms": 1},
    {"longest_ms": 10**7},
    {"states": frozenset({State.FAILED, State.ABSENT})},
    {"direction": Direction.INBOUND},
]
MEBIBYTE = 1 << 20


@pytest.fixture
async def connection(empty_database: str) -> AsyncIterator[Connection]:
    made = await Reach(empty_database).connect()
    yield made
    await made.close()


class Searcher:
    """Runs what a search asks for on one connection."""

    def __init__(self, connection: Connection, walks: Walks) -> None:
        self._connection = connection
        self._walks = walks

    async def search(self, query: Query, values: tuple[Any, ...]) -> list[Any]:
        return await self._walks.rows(self._connection, query.postgresql, values=values)


async def kept(connection: Connection) -> int:
    query = "SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts"
    found: int = await connection.fetchval(query)
    return found


async def test_a_connection_keeps_no_more_than_some_memory(connection: Connection) -> None:
    searcher: Any = Searcher(connection, Walks())
    recordings, owner = Recordings(searcher), account("ours").id
    later = NOON + timedelta(days=9000)
    before = await kept(connection)
    for count in (1, 2):
        for them in combinations(CONDITIONS, count):
            asked = {name: value for it in them for name, value in it.items()}
            await recordings.find(owner, Search(started_before=later, **asked), Window(50))
    assert await kept(connection) - before < 20 * MEBIBYTE


async def test_what_was_asked_for_last_is_there_still(connection: Connection) -> None:
    walks = Walks()
    texts = [f"SELECT {n} -- {'x' * (MOST // 3)}" for n in range(4)]
    for text in (*texts[:2], texts[0], *texts[2:], texts[0]):
        [(told,)] = await walks.rows(connection, text, values=())
        assert text.startswith(f"SELECT {told} ")
    names = "SELECT statement FROM pg_prepared_statements WHERE length(statement) > $1"
    there = [text for (text,) in await connection.fetch(names, LARGE)]
    assert sorted(there) == [texts[0], texts[3]]


async def test_what_a_connection_kept_ends_with_it(connection: Connection, url: str) -> None:
    walks = Walks()
    text = f"SELECT 1 -- {'x' * LARGE}"
    other = await Reach(url).connect()
    for it in (connection, other):
        await walks.rows(it, text, values=())
    assert walks.count == 2
    await other.close()
    # who listens for its end is told in the loop's next turn
    await walks.rows(connection, text, values=())
    assert walks.count == 1


def test_of_a_search_texts_alone_are_kept() -> None:
    query = statement(frozenset({"number"}), First.NEWEST)
    assert "$1" in query.postgresql
    assert "?" in query.sqlite
    assert not hasattr(query, "statement")
