"""No query reads a whole table to find a few rows."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dictabelt.db import accounts, calls, keys, recording_queries, renditions
from dictabelt.db.query import Query
from dictabelt.db.tables import metadata

QUERIES = {
    f"{module.__name__.rsplit('.', 1)[1]}.{name}": query
    for module in (accounts, keys, calls, recording_queries, renditions)
    for name, query in vars(module).items()
    if isinstance(query, Query)
}
WHOLE_ON_PURPOSE = {"accounts.ALL", "keys.LINK_KEYS"}


def plan(path: Path, query: Query) -> list[str]:
    values = (None,) * len(query.names)
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {query.sqlite}", values).fetchall()
    return [row[3] for row in rows]


@pytest.mark.parametrize("name", QUERIES)
def test_tables_are_searched_by_index(path: Path, name: str) -> None:
    scans = [step for step in plan(path, QUERIES[name]) if step.startswith("SCAN")]
    tables = {step.split()[1] for step in scans} & set(metadata.tables)
    assert tables == set() or name in WHOLE_ON_PURPOSE


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (recording_queries.NEWEST, "ix_recordings_newest (account=?)"),
        (
            recording_queries.NEWEST_BEFORE,
            "ix_recordings_newest (account=? AND (created_at,id)<(?,?))",
        ),
        (recording_queries.OF_CALL, "ix_recordings_call (account=? AND call=?)"),
        (recording_queries.OF_SOURCE, "ix_recordings_source (account=? AND source_id=?)"),
        (recording_queries.WITH_SHA256, "ix_media_account_sha256 (account=? AND sha256=?)"),
    ],
)
def test_lists_of_recordings_start_at_their_own_index(path: Path, query: Query, index: str) -> None:
    assert any(step.endswith(f"USING INDEX {index}") for step in plan(path, query))


def test_a_query_knows_the_order_of_its_values() -> None:
    wrong = Query(calls.GET.statement, "id", "account")
    with pytest.raises(ValueError, match="takes"):
        assert wrong.sqlite
