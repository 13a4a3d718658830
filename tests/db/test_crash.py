"""What was acknowledged is there after kill -9."""

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from dictabelt.db.sqlite import SqliteDatabase

PROGRAM = Path(__file__).parent / "programs" / "keep_writing.py"
KILLS = 5
DEADLINE = 60


def acknowledged_until_killed(path: Path, count: int) -> list[str]:
    """Whole lines of a writer that was killed once it had acknowledged `count`."""
    line = [sys.executable, str(PROGRAM), str(path)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(count)]
        writer.kill()
        lines += writer.stdout.readlines()
        writer.wait(DEADLINE)
    return [it.strip() for it in lines if it.endswith("\n")]


async def test_every_acknowledged_row_outlives_its_writer(path: Path) -> None:
    expected: set[str] = set()
    for _ in range(KILLS):
        lines = acknowledged_until_killed(path, random.randint(1, 300))
        assert lines
        expected.update(lines)
        database = SqliteDatabase.open(path)
        async with database.read() as view:
            assert expected <= {it.name for it in await view.accounts.all()}
        await database.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
