"""Every durable job is done in the end, however often its worker is killed."""

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
from dictabelt.db.sqlite import SqliteDatabase
from dictabelt.jobs.worker import Worker
from jobs.programs.enqueue_and_work import LEASE, working
from jobs.queues import NOON

PROGRAM = Path(__file__).parent / "programs" / "enqueue_and_work.py"
DEADLINE = 60


def acknowledged_until_killed(path: Path, effects: Path, count: int) -> list[str]:
    """The jobs that were durable before SIGKILL."""
    line = [sys.executable, str(PROGRAM), str(path), str(effects)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        lines = [program.stdout.readline() for _ in range(count)]
        program.kill()
        lines += program.stdout.readlines()
        program.wait(DEADLINE)
    return [it.strip() for it in lines if it.endswith("\n")]


async def outlived(tmp_path: Path, kills: int) -> None:
    path, effects = tmp_path / "vault.db", tmp_path / "effects"
    effects.mkdir()
    database = SqliteDatabase.open(path)
    async with database.write() as tx:
        await tx.accounts.add(Account(mint_account_id(new_uuid()), "ours", NOON))
    await database.close()
    expected: set[str] = set()
    for _ in range(kills):
        lines = acknowledged_until_killed(path, effects, random.randint(1, 80))
        assert lines
        expected.update(lines)
    await finish(path, effects)
    assert expected <= {it.name for it in effects.iterdir()}


async def finish(path: Path, effects: Path) -> None:
    """Does what is left once the leases of the dead have run out; nothing is left then."""
    database = SqliteDatabase.open(path)
    later = Leases(Clocked(database, Clock(NOON + LEASE)), database.stirred)
    handlers = working(database, effects).handlers
    await Worker(later, handlers, lease=LEASE).drain()
    assert await later.lease(("note",), lasting=LEASE) is None
    async with database.read() as view:
        assert await view.jobs.soonest(("note",)) is None  # type: ignore[attr-defined]
    await database.close()


async def test_every_durable_job_outlives_its_worker(tmp_path: Path) -> None:
    await outlived(tmp_path, 4)


@pytest.mark.slow
async def test_every_durable_job_outlives_its_worker_however_often(tmp_path: Path) -> None:
    await outlived(tmp_path, 100)
