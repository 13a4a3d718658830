"""No query reads a whole table to find a few rows."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dictabelt.db import (
    accounts,
    calls,
    deliveries,
    events,
    hooks,
    kept,
    keys,
    once,
    recording_queries,
    renditions,
    shares,
    transcriptions,
)
from dictabelt.db.query import Query
from dictabelt.db.search_queries import CONDITIONS, First, statement
from dictabelt.db.tables import metadata

MODULES = (
    accounts,
    keys,
    kept,
    calls,
    recording_queries,
    renditions,
    transcriptions,
    hooks,
    events,
    deliveries,
    shares,
    once,
)
QUERIES = {
    f"{module.__name__.rsplit('.', 1)[1]}.{name}": query
    for module in MODULES
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
        (recording_queries.OF_CALL, "ix_recordings_call (account=? AND call=?)"),
        (recording_queries.OF_SOURCE, "ix_recordings_source (account=? AND source_id=?)"),
        (recording_queries.WITH_SHA256, "ix_media_account_sha256 (account=? AND sha256=?)"),
    ],
)
def test_lists_of_recordings_start_at_their_own_index(path: Path, query: Query, index: str) -> None:
    assert any(step.endswith(f"USING INDEX {index}") for step in plan(path, query))


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (shares.FORGET_USES, "ix_share_uses_account_last_at (account=? AND last_at<?)"),
        (shares.FORGET_USES_OF, "sqlite_autoindex_share_uses_1 (account=? AND share=?)"),
    ],
)
def test_uses_are_forgotten_by_index(path: Path, query: Query, index: str) -> None:
    assert any(step.endswith(index) for step in plan(path, query))


SEARCHES = {
    "": "newest (account=?)",
    "call": "call (account=? AND call=?)",
    "call_name": "call (account=? AND call=?)",
    "conference": "conference (account=? AND conference=?)",
    "source": "source (account=? AND source_id=?)",
    "state_0": "state (account=? AND state=?)",
    "device_id": "device (account=? AND device_id=?)",
    "end_user_id": "end_user (account=? AND end_user_id=?)",
    # what a call has is looked up beside the recordings in their order
    "number": "newest (account=?)",
    "direction": "newest (account=?)",
    "tag": "newest (account=?)",
    "shortest_ms": "newest (account=?)",
    # and the narrowest condition leads
    "call state_0 state_1": "call (account=? AND call=?)",
    "call source device_id started_from": "call (account=? AND call=?)",
    "device_id state_0 number tag": "device (account=? AND device_id=?)",
    "end_user_id device_id state_0": "end_user (account=? AND end_user_id=?)",
}
EDGES = {
    "": "",
    "after": " AND (created_at,id)>(?,?)",
    "before": " AND (created_at,id)<(?,?)",
    "after before": " AND (created_at,id)>(?,?) AND (created_at,id)<(?,?)",
}


@pytest.mark.parametrize("first", First)
@pytest.mark.parametrize("edges", EDGES)
@pytest.mark.parametrize("names", SEARCHES)
def test_a_search_starts_at_its_edge_in_an_index_and_sorts_nothing(
    path: Path, *, names: str, edges: str, first: First
) -> None:
    query = statement(frozenset({*names.split(), *edges.split()}), first)
    steps = plan(path, query)
    assert f"SEARCH recordings USING INDEX ix_recordings_{with_edges(names, edges)}" in steps
    assert not [step for step in steps if "TEMP B-TREE" in step]
    assert [step for step in steps if step.startswith("SCAN")] == ["SCAN page"]


def with_edges(names: str, edges: str) -> str:
    return f"{SEARCHES[names].removesuffix(')')}{EDGES[edges]})"


@pytest.mark.parametrize("names", ["state_0 state_1", "state_0 state_1 state_2", ""])
@pytest.mark.parametrize("deleted", ["", "deleted_since"])
def test_states_and_deleted_ones_are_merged_in_order(
    path: Path, *, names: str, deleted: str
) -> None:
    query = statement(frozenset({*names.split(), *deleted.split(), "before"}), First.NEWEST)
    steps = plan(path, query)
    parts = [step for step in steps if step.startswith("SEARCH recordings")]
    assert all("(account=? AND" in step and "(created_at,id)<(?,?)" in step for step in parts)
    assert len(parts) == max(1, len(names.split())) * (2 if deleted else 1)
    assert any("ix_recordings_deleted" in step for step in parts) == bool(deleted)
    assert not [step for step in steps if "TEMP B-TREE" in step]


@pytest.mark.parametrize("name", sorted(CONDITIONS))
def test_every_table_of_a_search_is_restricted_to_the_account(path: Path, name: str) -> None:
    steps = plan(path, statement(frozenset({name, "deleted_since"}), First.NEWEST))
    touched = [step for step in steps if step.split()[0] == "SEARCH"]
    assert all("(account=?" in step for step in touched)


def test_a_query_knows_the_order_of_its_values() -> None:
    wrong = Query(calls.GET.statement, "id", "account")
    with pytest.raises(ValueError, match="takes"):
        assert wrong.sqlite
