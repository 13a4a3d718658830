"""Every durable job is done in the end, however often its worker is killed."""

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from clocks import Clock, Clocked
from dictabelt.core.access import mint_account_id
from dictabelt.core.ids import new_uuid
from dictabelt.core.nouns import Account
from dictabelt.db.lease import Leases
from dictabelt.jobs.worker import Worker
from jobs.programs.enqueue_and_work import LEASE, opened, working
from jobs.queues import NOON

PROGRAM = Path(__file__).parent / "programs" / "enqueue_and_work.py"
DEADLINE = 60


def acknowledged_until_killed(place: str, effects: Path, count: int) -> list[str]:
    """The jobs that were durable before SIGKILL."""
    line = [sys.executable, str(PROGRAM), place, str(effects)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        lines = [program.stdout.readline() for _ in range(count)]
        program.kill()
        lines += program.stdout.readlines()
        program.wait(DEADLINE)
    return [it.strip() for it in lines if it.endswith("\n")]


@pytest.fixture
def place(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty vault is, or will be."""
    if engine == "sqlite":
        return str(tmp_path / "vault.db")
    url: str = request.getfixturevalue("url")
    return url


@pytest.fixture
def effects(tmp_path: Path) -> Path:
    """Where each job that is done leaves a file."""
    path = tmp_path / "effects"
    path.mkdir()
    return path


def done(effects: Path) -> set[str]:
    return {it.name for it in effects.iterdir()}


async def fill(place: str) -> None:
    """Adds an account."""
    database = await opened(place)
    async with database.write() as tx:
        await tx.accounts.add(Account(mint_account_id(new_uuid()), "ours", NOON))
    await database.close()


async def outlived(place: str, effects: Path, kills: int) -> None:
    await fill(place)
    expected: set[str] = set()
    for _ in range(kills):
        lines = acknowledged_until_killed(place, effects, random.randint(1, 80))
        assert lines
        expected.update(lines)
    await finish(place, effects)
    assert expected <= done(effects)


async def finish(place: str, effects: Path) -> None:
    """Does what is left once the leases of the dead have run out; nothing is left then."""
    database = await opened(place)
    later = Leases(Clocked(database, Clock(NOON + LEASE)), database.stirred)
    handlers = working(database, effects).handlers
    await Worker(later, handlers, lease=LEASE).drain()
    assert await later.lease(("note",), lasting=LEASE) is None
    async with database.read() as view:
        assert await view.jobs.soonest(("note",)) is None  # type: ignore[attr-defined]
    await database.close()


async def test_every_durable_job_outlives_its_worker(place: str, effects: Path) -> None:
    await outlived(place, effects, 4)


async def test_another_machine_ends_what_a_killed_one_began(place: str, effects: Path) -> None:
    await fill(place)
    database = await opened(place)
    working_on = asyncio.create_task(working(database, effects).run())
    wanted = set(await asyncio.to_thread(acknowledged_until_killed, place, effects, 40))
    async with asyncio.timeout(DEADLINE):
        while not wanted <= await asyncio.to_thread(done, effects):
            continue
    working_on.cancel()
    await asyncio.gather(working_on, return_exceptions=True)
    await database.close()


@pytest.mark.slow
async def test_every_durable_job_outlives_its_worker_however_often(
    place: str, effects: Path
) -> None:
    await outlived(place, effects, 100)
