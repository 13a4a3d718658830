"""No query reads a whole table to find a few rows."""

import sqlite3
from contextlib import closing
from itertools import combinations
from pathlib import Path

import pytest

from dictabelt.db import (
    accounts,
    analyses,
    calls,
    deliveries,
    events,
    hooks,
    jobs,
    kept,
    keys,
    newest,
    once,
    recording_queries,
    renditions,
    shares,
    transcriptions,
)
from dictabelt.db.query import Query
from dictabelt.db.search_queries import First, statement
from dictabelt.db.search_ways import CONDITIONS, PROMPTLY
from dictabelt.db.tables import metadata

MODULES = (
    accounts,
    keys,
    kept,
    calls,
    recording_queries,
    renditions,
    analyses,
    transcriptions,
    hooks,
    events,
    deliveries,
    shares,
    once,
    jobs,
)
QUERIES = {
    f"{module.__name__.rsplit('.', 1)[1]}.{name}": query
    for module in MODULES
    for name, query in vars(module).items()
    if isinstance(query, Query)
}
# What a database with ten million recordings has few of.
WHOLE_ON_PURPOSE = {
    "accounts.ALL": "the operator's command line lists every account",
    "jobs.QUEUED": "the owner's figures count the queue, which is empty at most times",
    "keys.LINK_KEYS": "the server's own keys, read once a start",
}
SORTED_ON_PURPOSE = {
    "accounts.ALL": "the operator's command line lists every account",
    "keys.LINK_KEYS": "the server's own keys, read once a start",
    "keys.OF_ACCOUNT": "the keys of one account, made by hand",
    "hooks.OF": "the hooks of one account, made by hand",
    "shares.OF": "the shares of one recording that were made at one instant",
    "deliveries.OF": "the deliveries of one event: one a hook",
    "recording_queries.OF_CALL": "the media of one recording after another",
    "recording_queries.OF_SOURCE": "the media of one recording after another",
    "recording_queries.GET": "the media of one recording",
    "recording_queries.GET_DELETED_SINCE": "the media of one recording",
    "recording_queries.WITH_SHA256": "recordings that came twice, byte for byte",
}


NEWEST = {
    "events": ("", "recording", "type_0", "after after_id", "recording before before_id"),
    "transcriptions": ("", "recording", "before before_id", "recording after after_id"),
}


def newest_query(text: str) -> Query:
    of, *names = text.split()
    return newest.statement(of, frozenset(names), begin=First.NEWEST)


def plan(path: Path, query: Query) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return explained(connection, query)


def explained(connection: sqlite3.Connection, query: Query) -> list[str]:
    values = (None,) * len(query.names)
    rows = connection.execute(f"EXPLAIN QUERY PLAN {query.sqlite}", values).fetchall()
    return [row[3] for row in rows]


@pytest.mark.parametrize("name", QUERIES)
def test_tables_are_searched_by_index(path: Path, name: str) -> None:
    scans = [step for step in plan(path, QUERIES[name]) if step.startswith("SCAN")]
    tables = {step.split()[1] for step in scans} & set(metadata.tables)
    assert tables == set() or name in WHOLE_ON_PURPOSE


@pytest.mark.parametrize(
    "name", [*QUERIES, *(f"newest {of} {names}" for of in NEWEST for names in NEWEST[of])]
)
def test_nothing_is_sorted_that_may_be_long(path: Path, name: str) -> None:
    kind, _, rest = name.partition(" ")
    query = QUERIES.get(kind) or newest_query(rest)
    sorts = [step for step in plan(path, query) if "TEMP B-TREE" in step]
    assert sorts == [] or name in SORTED_ON_PURPOSE


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


_CALLED = "recordings USING INDEX ix_recordings_call (account=? AND call=?)"
_PARTIES = (
    "recordings USING INDEX ix_recordings_caller (account=? AND caller_number=?)",
    "recordings USING INDEX ix_recordings_callee (account=? AND callee_number=?)",
)
_NEWEST = "recordings USING INDEX ix_recordings_newest (account=?)"
_DEVICE = "recordings USING INDEX ix_recordings_device (account=? AND device_id=?)"
_USER = "recordings USING INDEX ix_recordings_end_user (account=? AND end_user_id=?)"
_WALK = "recordings USING INDEX ix_recordings_{} (account=? AND {}=?)"
_FACETS = (_WALK.format("facet", "facet"),)
_LENGTHS = (_WALK.format("length", "length"),)
_DAYS = (_WALK.format("started", "started_day"),)
_MONTHS = _WALK.format("month", "started_month")
_ERAS = _WALK.format("era", "started_era")
SEARCHES: dict[str, tuple[str, ...]] = {
    "": (_NEWEST,),
    "call": (_CALLED,),
    "call_name": (_CALLED,),
    "conference": ("recordings USING INDEX ix_recordings_conference (account=? AND conference=?)",),
    "source": ("recordings USING INDEX ix_recordings_source (account=? AND source_id=?)",),
    "device_id": (_DEVICE,),
    "end_user_id": (_USER,),
    "number": _PARTIES,
    "caller": _PARTIES[:1],
    "callee": _PARTIES[1:],
    "channel": ("recordings USING INDEX ix_recordings_channel (account=? AND channel=?)",),
    "tag": ("tags USING COVERING INDEX ix_tags_newest (account=? AND tag=?)",),
    "finding": ("findings USING COVERING INDEX ix_findings_newest (account=? AND finding=?)",),
    # what may hold for nearly all is a walk of each of its classes
    "facet_0": _FACETS,
    "facet_0 facet_1 facet_2": _FACETS,
    "shortest_ms length_0": _LENGTHS,
    "longest_ms shortest_ms length_0 length_1 facet_0": _LENGTHS,
    "started_from day_0": _DAYS,
    "started_from started_before day_0 day_1 facet_0 shortest_ms": _DAYS,
    "started_before month_0": (_MONTHS, _DAYS[0]),
    "started_from started_before era_0": (_ERAS, _DAYS[0]),
    "started_from day_0 month_0 era_0": (_ERAS, _MONTHS, _DAYS[0]),
    # and the narrowest condition leads
    "call facet_0 facet_1": (_CALLED,),
    "call source device_id started_from": (_CALLED,),
    "device_id facet_0 tag": ("tags USING COVERING INDEX ix_tags_newest (account=? AND tag=?)",),
    "end_user_id device_id facet_0": (_USER,),
    "number tag facet_0": _PARTIES,
}
# what is read from one end to the other: what is shown, or the places of that
A_PAGE = {"SCAN page", "SCAN place"}
EDGES = {
    "": "",
    "after": " AND {place}>(?,?)",
    "before": " AND {place}<(?,?)",
    "after before": " AND {place}>(?,?) AND {place}<(?,?)",
}


@pytest.mark.parametrize("first", First)
@pytest.mark.parametrize("edges", EDGES)
@pytest.mark.parametrize("names", SEARCHES)
def test_a_search_starts_at_its_edge_in_an_index_and_sorts_nothing(
    path: Path, *, names: str, edges: str, first: First
) -> None:
    query = statement(shape(names, edges), first)
    steps = plan(path, query)
    wanted = {f"SEARCH {with_edges(it, edges)}" for it in SEARCHES[names]}
    assert wanted <= set(steps)
    assert not [step for step in steps if "TEMP B-TREE" in step]
    assert len([step for step in steps if step in A_PAGE]) == 1
    assert not [step for step in steps if step.startswith("SCAN") and step not in A_PAGE]


def shape(names: str, edges: str = "") -> frozenset[str]:
    """With the classes that lead, and the edges of what was created promptly."""
    promptly = [f"{PROMPTLY}{it}" for it in edges.split() if "started_" in names]
    classes = [
        f"{kind}_0"
        for kind, of in {"day": "started_", "length": "est_ms"}.items()
        if of in names and f"{kind}_0" not in names
    ]
    return frozenset({*names.split(), *edges.split(), *promptly, *classes})


def with_edges(start: str, edges: str) -> str:
    place = "(created_at,id)" if start.startswith("recordings") else "(created_at,recording)"
    return start.removesuffix(")") + EDGES[edges].format(place=place) + ")"


def test_whatever_is_asked_together_nothing_is_scanned_or_sorted(path: Path) -> None:
    names = sorted({*CONDITIONS, "facet_0", "deleted_since"} - {"after", "before"})
    with closing(sqlite3.connect(path)) as connection:
        for pair in combinations(names, 2):
            query = statement(shape(" ".join(pair), "before"), First.NEWEST)
            steps = explained(connection, query)
            scans = [step for step in steps if step.startswith("SCAN")]
            assert len(scans) == 1, pair
            assert scans[0] in A_PAGE, pair
            assert not [step for step in steps if "TEMP B-TREE" in step], pair
            searches = [step for step in steps if step.startswith("SEARCH")]
            assert all("(account=?" in step for step in searches), pair


@pytest.mark.parametrize(
    ("names", "walks"),
    [
        ("facet_0 facet_1 facet_2", 3),
        ("length_0 shortest_ms facet_0", 1),
        ("day_0 started_from", 2),
    ],
)
def test_each_class_is_walked_once(path: Path, names: str, walks: int) -> None:
    steps = plan(path, statement(frozenset(names.split()), First.NEWEST))
    assert len([it for it in steps if "INDEX ix_recordings_" in it and "JOIN" not in it]) == walks


@pytest.mark.parametrize("kind", ["facet", "length shortest_ms", "day started_from"])
def test_of_however_many_walks_recordings_are_looked_up_by_place(path: Path, kind: str) -> None:
    of, *names = kind.split()
    many = {f"{of}_{n}" for n in range(64)}
    for more in ((), ("deleted_since",)):
        steps = plan(path, statement(frozenset({*names, *many, *more}), First.NEWEST))
        [rows] = [it for it in steps if it.startswith("SEARCH recordings") and "JOIN" in it]
        assert "id=?)" in rows


@pytest.mark.parametrize("names", ["", "facet_0 facet_1", "started_from day_0", "length_0"])
def test_deleted_ones_are_walked_once_beside_all_classes(path: Path, names: str) -> None:
    query = statement(frozenset({*names.split(), "deleted_since", "before"}), First.NEWEST)
    steps = plan(path, query)
    [gone] = [step for step in steps if "ix_recordings_deleted" in step]
    assert "(account=? AND (created_at,id)<(?,?)" in gone
    assert not [step for step in steps if "TEMP B-TREE" in step]


@pytest.mark.parametrize("name", sorted(CONDITIONS))
def test_every_table_of_a_search_is_restricted_to_the_account(path: Path, name: str) -> None:
    steps = plan(path, statement(shape(f"{name} deleted_since"), First.NEWEST))
    touched = [step for step in steps if step.split()[0] == "SEARCH"]
    assert all("(account=?" in step for step in touched)


def test_a_query_knows_the_order_of_its_values() -> None:
    wrong = Query(calls.GET.statement, "id", "account")
    with pytest.raises(ValueError, match="takes"):
        assert wrong.sqlite
