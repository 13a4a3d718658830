"""Each dialect's own document, held against its answers by schemathesis."""

import asyncio
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.core.result import Ok

from dialects.asking import every_dialect, holding
from dialects.driver import Driver, Role, Subject, driver
from dictabelt.app import listener
from dictabelt.core.ingest import Upload
from dictabelt.core.nouns import Known, Recording
from dictabelt.http.dialect import Dialect
from sounds import chunks, tone
from stocked import House

PATIENCE = 300
TELLING = (Role.READ, Role.ABOUT, Role.DELETE)
# Run by its module, since the script of that name is in no folder that is always searched.
LINE = (sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()")
EXCEPTIONS = Path(__file__).parent / "schemathesis.toml"
BOUNDS = (
    *("--max-examples", "5", "--seed", "1", "--generation-database", "none"),
    # A new recording has no media yet, so its download URL is rightly not there.
    *("--exclude-checks", "ensure_resource_availability"),
    *("--max-redirects", "0", "--warnings", "off", "--no-color", "--no-shrink"),
)


@every_dialect
async def test_no_request_that_the_document_allows_gets_an_answer_that_it_does_not(
    dialect: Dialect, house: House, served: str, tmp_path: Path
) -> None:
    # The check that takes the key away looks for `Authorization` in this very spelling.
    proof = [
        f"{name.replace('authorization', 'Authorization')}: {value}"
        for name, value in holding(dialect, house.ours).items()
    ]
    where = ("--url", served, "--include-path-regex", f"^({'|'.join(prefixes(dialect))})(/|$)")
    document = f"{served}/docs/{dialect.name}.json"
    run = ("--config-file", str(EXCEPTIONS), "run", document)
    line = (*LINE, *run, *where, "-H", *proof, *BOUNDS)
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


def prefixes(dialect: Dialect) -> list[str]:
    """Without those that lead to what others lead to: the contract suite asks at each."""
    found: dict[frozenset[tuple[str, str]], str] = {}
    for prefix in dialect.prefixes:
        below = [it for it in dialect.endpoints if f"{it.path}/".startswith(f"{prefix}/")]
        found.setdefault(
            frozenset((it.method, it.path.removeprefix(prefix)) for it in below), prefix
        )
    return list(found.values())


@every_dialect
async def test_every_operation_answers_as_documented_when_there_is_something_to_answer(
    dialect: Dialect, house: House, served: str
) -> None:
    drive = driver(dialect.name)
    asking = partial(ask, drive, url=served, proof=holding(dialect, house.ours))
    known = {(it.method, it.path): it for it in dialect.endpoints if it.method != "OPTIONS"}
    for number, operation in enumerate(operations(dialect)):
        endpoint = known.pop((operation.method.upper(), operation.path))
        subject = Subject.of(await fresh(house, 300 + number))
        answer = await asyncio.to_thread(asking, operation, subject=subject)
        # What acts on more than a recording may find nothing to act on; it says so as documented.
        right = (200, 204, 307) if drive.role(endpoint) in TELLING else range(200, 500)
        assert answer.status_code in right, f"{operation.label}: {answer.text}"
    assert not known


@every_dialect
async def test_every_operation_refuses_as_documented_when_there_is_nothing_to_answer(
    dialect: Dialect, house: House, served: str
) -> None:
    asking = partial(ask, driver(dialect.name), url=served, proof=holding(dialect, house.ours))
    for which in ("failed", "in progress", "absent", "deleted"):
        subject = Subject.of(house.ours.recordings[which])
        for operation in operations(dialect):
            await asyncio.to_thread(asking, operation, subject=subject)


def operations(dialect: Dialect) -> list[Any]:
    """Those of the dialect's document; one that cannot be read is not among them."""
    schema = schemathesis.openapi.from_dict(dict(dialect.document()))
    return [it.ok() for it in schema.get_all_operations() if isinstance(it, Ok)]


async def fresh(house: House, pitch: int) -> Recording:
    """A recording of the operation's own, since one may delete it."""
    upload, known = Upload(chunks(tone(0.3, pitch, pitch))), Known(call_id=f"call-{pitch}")
    added = await house.vault.ingest.add(house.ours.owner, upload, known)
    await listener(house.vault).drain()
    return added.recording


def ask(
    drive: Driver, operation: Any, *, subject: Subject, url: str, proof: dict[str, str]
) -> schemathesis.Response:
    """The operation's answer about `subject`, after every check on it."""
    here = (operation.method.upper(), operation.path)
    body = drive.bodies.get(here, drive.body)(subject) if operation.body else None
    case = operation.Case(
        path_parameters=drive.places(subject),
        query=drive.queries.get(here, drive.query)(subject),
        **({} if body is None else {"body": body, "media_type": "application/json"}),
    )
    answer: schemathesis.Response = case.call_and_validate(
        base_url=url,
        # The check that takes the key away looks for `Authorization` in this very spelling.
        headers={name.capitalize(): value for name, value in proof.items()},
        allow_redirects=False,
    )
    return answer
