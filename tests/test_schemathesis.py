"""Each dialect's own document, held against its answers by schemathesis."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.schemas import APIOperation

from dialects.asking import every_dialect, holding
from dialects.driver import Driver, Subject, driver
from dictabelt.http.dialect import Dialect
from stocked import House

PATIENCE = 300
# Run by its module, since the script of that name is in no folder that is always searched.
LINE = (sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run")
BOUNDS = (
    *("--max-examples", "10", "--seed", "1", "--generation-database", "none"),
    *("--max-redirects", "0", "--warnings", "off", "--no-color", "--no-shrink"),
)


@every_dialect
async def test_no_request_that_the_document_allows_gets_an_answer_that_it_does_not(
    dialect: Dialect, house: House, served: str, tmp_path: Path
) -> None:
    proof = [f"{name}: {value}" for name, value in holding(dialect, house.ours).items()]
    # A second prefix leads to the same path items; the contract suite asks at both.
    where = ("--url", served, "--include-path-regex", f"^{dialect.prefixes[0]}/")
    line = (*LINE, f"{served}/docs/{dialect.name}.json", *where, "-H", *proof, *BOUNDS)
    ran = await asyncio.to_thread(
        subprocess.run,
        line,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    assert "No issues found" in ran.stdout


@every_dialect
async def test_every_operation_answers_as_documented_when_there_is_something_to_answer(
    dialect: Dialect, house: House, served: str
) -> None:
    schema = schemathesis.openapi.from_dict(dict(dialect.document()))
    operations = [it.ok() for it in schema.get_all_operations()]
    assert operations
    reached = set()
    for it in sorted(operations, key=lambda it: it.method == "delete"):
        # One that is deleted in vain would hide what the next operation does.
        which = "call" if it.method != "delete" else f"of {it.path}"
        subject = await something(house, which)
        answer = await asyncio.to_thread(
            ask, it, driver(dialect.name), subject=subject, url=served, proof=holding(dialect, house.ours)
        )
        assert answer.status_code in (200, 204, 307), f"{it.method} {it.path}: {answer.text}"
        reached.add((it.method.upper(), it.path))
    assert reached == {(it.method, it.path) for it in dialect.endpoints}


async def something(house: House, which: str) -> Subject:
    raise NotImplementedError(which)


def ask(
    it: APIOperation[Any, Any, Any, Any], drive: Driver, *, subject: Subject, url: str, proof: dict[str, str]
) -> Any:
    """The operation's answer about `subject`, after every check on it."""
    case = it.Case(
        method=it.method.upper(),
        path_parameters=drive.places(subject),
        query=drive.query(subject),
        body=drive.body(subject),
        media_type="application/json" if drive.body(subject) else None,
    )
    return case.call_and_validate(base_url=url, headers=proof, allow_redirects=False)
