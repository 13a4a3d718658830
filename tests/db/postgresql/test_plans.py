"""On a server, too, no query reads a whole table to find a few rows, or sorts a list."""

import json
from collections.abc import AsyncIterator, Iterator
from itertools import combinations
from typing import Any

import asyncpg
import pytest

from db.test_plans import QUERIES, WHOLE_ON_PURPOSE
from dictabelt.core.job import Ceiling
from dictabelt.db.jobs import leasable, leasing, soonest
from dictabelt.db.query import Query
from dictabelt.db.search_queries import CONDITIONS, First, statement

# What can be done without is done without: a table of a test is too small for its indexes.
PLANNER = "SET enable_{} = off"
NEVER = ("seqscan", "sort", "incremental_sort", "bitmapscan", "hashjoin", "mergejoin")

Plan = dict[str, Any]


@pytest.fixture
async def planner(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    for it in NEVER:
        await connection.execute(PLANNER.format(it))
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


@pytest.mark.parametrize("name", QUERIES)
async def test_tables_are_searched_by_index(planner: asyncpg.Connection, name: str) -> None:
    assert whole(await steps(planner, QUERIES[name])) == [] or name in WHOLE_ON_PURPOSE


@pytest.mark.parametrize("first", First)
@pytest.mark.parametrize("more", [(), ("after",), ("before",), ("before", "deleted_since")])
async def test_a_search_is_sorted_by_its_index(
    planner: asyncpg.Connection, first: First, more: tuple[str, ...]
) -> None:
    for name in (*sorted(CONDITIONS), "state_0", "state_0 state_1"):
        plan = await steps(planner, statement(frozenset({*name.split(), *more}), first))
        assert whole(plan) == [], name
        assert not [it for it in plan if "Sort" in it["Node Type"]], name


async def test_whatever_is_asked_together_nothing_is_read_whole(
    planner: asyncpg.Connection,
) -> None:
    for pair in combinations([*sorted(CONDITIONS), "state_0", "state_1"], 2):
        plan = await steps(planner, statement(frozenset(pair), First.NEWEST))
        assert whole(plan) == [], pair


async def test_the_next_job_is_the_first_entry_of_an_index(planner: asyncpg.Connection) -> None:
    free, both = Ceiling(), Ceiling(everywhere=1, of_account=1)
    for query in (leasing((free, both)), leasable((both, free)), soonest(2)):
        plan = await steps(planner, query)
        used = {it["Index Name"] for it in plan if "Index Name" in it}
        assert whole(plan) == []
        assert used - {"pk_jobs", "ix_jobs_held"} == {"ix_jobs_due"}
