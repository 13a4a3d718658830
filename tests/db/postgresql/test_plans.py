"""On a server, too, no query reads a whole table to find a few rows, or sorts a list.

As it runs: the connections of a vault hold the server to plans that no value changes. Of a vault
without a row, and of one that is full and that the server knows by its statistics.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from itertools import combinations
from typing import Any

import asyncpg
import pytest

from bench import postgresql_copy
from bench.plausible import Source
from bench.plausible_rows import parts
from db.test_plans import EDGES, QUERIES, SEARCHES, WHOLE_ON_PURPOSE, shape
from dictabelt.core.job import Ceiling
from dictabelt.db.jobs import leasable, leasing, soonest
from dictabelt.db.postgresql.connecting import Reach
from dictabelt.db.query import Query
from dictabelt.db.search_queries import First, statement
from dictabelt.db.search_ways import CONDITIONS
from postgres import Cluster

RECORDINGS = 20_000
COMPARED_ON_PURPOSE = {"shares.FORGET_USES_OF": "nothing is shared in the full vault"}

Plan = dict[str, Any]


@pytest.fixture(scope="session")
def full(cluster: Cluster) -> str:
    """The URL of a vault with so many recordings."""
    url = asyncio.run(cluster.make())
    with postgresql_copy.filling(url) as into:
        for table, rows in parts(Source(RECORDINGS)):
            into.write(table, rows)
    return url


@pytest.fixture
async def statistician(full: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the full vault: with no rows, every way in looks like every other."""
    connection = await Reach(full).connect()
    yield connection
    await connection.close()


@pytest.fixture(params=["empty_database", "full"])
def vault(request: pytest.FixtureRequest) -> str:
    """Its URL."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
async def planner(vault: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await Reach(vault).connect()
    yield connection
    await connection.close()


async def steps(planner: asyncpg.Connection, query: Query) -> list[Plan]:
    """What the server does for whatever values it is given."""
    values = ", ".join(["NULL"] * len(query.names))
    given = f"({values})" if values else ""
    await planner.execute(f"PREPARE it AS {query.postgresql}")
    told = await planner.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE it{given}")
    await planner.execute("DEALLOCATE it")
    return list(_each(json.loads(told)[0]["Plan"]))


def _each(plan: Plan) -> Iterator[Plan]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _each(part)


def whole(plan: list[Plan]) -> list[str]:
    """The tables that are read from one end to the other."""
    return [it["Relation Name"] for it in plan if it["Node Type"] == "Seq Scan"] + [
        it["Relation Name"]
        for it in plan
        if it["Node Type"].startswith("Index") and "Index Cond" not in it
    ]


def compared(plan: list[Plan]) -> list[str]:
    """Where each row of one table is held against each of another, instead of being looked up."""
    return [it["Join Filter"] for it in plan if "Join Filter" in it]


def indexes(plan: list[Plan]) -> set[str]:
    return {it["Index Name"] for it in plan if "Index Name" in it}


@pytest.mark.parametrize("name", QUERIES)
async def test_tables_are_searched_by_index(planner: asyncpg.Connection, name: str) -> None:
    plan = await steps(planner, QUERIES[name])
    assert whole(plan) == [] or name in WHOLE_ON_PURPOSE


@pytest.mark.parametrize("first", First)
@pytest.mark.parametrize("more", [(), ("after",), ("before",), ("before", "deleted_since")])
async def test_a_search_is_sorted_by_its_index(
    planner: asyncpg.Connection, first: First, more: tuple[str, ...]
) -> None:
    for name in (*sorted(CONDITIONS), "facet_0", "facet_0 facet_1"):
        plan = await steps(planner, statement(shape(" ".join([name, *more])), first))
        assert whole(plan) == [], name
        assert not [it for it in plan if "Sort" in it["Node Type"]], name


@pytest.mark.parametrize("name", QUERIES)
async def test_rows_of_another_table_are_looked_up(
    statistician: asyncpg.Connection, name: str
) -> None:
    plan = await steps(statistician, QUERIES[name])
    assert compared(plan) == [] or name in COMPARED_ON_PURPOSE


@pytest.mark.parametrize("edges", EDGES)
async def test_a_search_starts_in_the_same_index_as_in_a_file(
    statistician: asyncpg.Connection, edges: str
) -> None:
    for names, starts in SEARCHES.items():
        for more in ((), ("deleted_since",)):
            wanted = shape(names, edges) | {*more}
            plan = await steps(statistician, statement(wanted, First.NEWEST))
            assert {it.split(" INDEX ")[1].split()[0] for it in starts} <= indexes(plan), wanted
            assert compared(plan) == [], wanted
            assert not [it for it in plan if "Sort" in it["Node Type"]], wanted


async def test_of_two_conditions_neither_makes_a_list_of_its_own(
    statistician: asyncpg.Connection,
) -> None:
    for pair in combinations([*sorted(CONDITIONS), "facet_0", "facet_1"], 2):
        plan = await steps(statistician, statement(shape(" ".join(pair)), First.NEWEST))
        assert compared(plan) == [], pair


async def test_whatever_is_asked_together_nothing_is_read_whole(
    planner: asyncpg.Connection,
) -> None:
    for pair in combinations([*sorted(CONDITIONS), "facet_0", "facet_1"], 2):
        plan = await steps(planner, statement(shape(" ".join(pair)), First.NEWEST))
        assert whole(plan) == [], pair


async def test_the_next_job_is_the_first_entry_of_an_index(planner: asyncpg.Connection) -> None:
    free, both = Ceiling(), Ceiling(everywhere=1, of_account=1)
    for query in (leasing((free, both)), leasable((both, free)), soonest(2)):
        plan = await steps(planner, query)
        used = {it["Index Name"] for it in plan if "Index Name" in it}
        assert whole(plan) == []
        assert used - {"pk_jobs", "ix_jobs_held"} == {"ix_jobs_due"}
