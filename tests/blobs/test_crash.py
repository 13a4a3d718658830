"""A writer killed anywhere: what it acknowledged is whole, the rest is whole or not there."""

import asyncio
import random
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from blobs.programs.put_until_killed import made_up
from blobs.programs.run import command, ended, preloading, surroundings
from blobs.stores import content, listed
from dictabelt.blobs.files import FileBlobs

KILLS = 20
FAR = datetime(2100, 1, 1, tzinfo=UTC)


def put_and_die(folder: Path, seed: str, marks: int) -> set[str]:
    """The keys that a process acknowledged before it was killed on its `marks`-th word."""
    acknowledged = set()
    line = command("put_until_killed", folder, seed)
    with subprocess.Popen(line, stdout=subprocess.PIPE, env=surroundings(), text=True) as child:
        assert child.stdout
        for number, word in enumerate(child.stdout):
            acknowledged.add(word.strip())
            if number == marks:
                child.kill()
    return acknowledged - {"."}


async def check(folder: Path, acknowledged: set[str]) -> None:
    """Nothing half, nothing lost, and a sweep clears the rest."""
    store = FileBlobs(folder)
    kept = await listed(store)
    assert acknowledged <= set(kept)
    for key in kept:
        assert await content(store, key) == made_up(key), key
    await store.sweep(before=FAR)
    assert list((folder / "incoming").iterdir()) == []


async def test_twenty_kills_at_random_lose_nothing(tmp_path: Path) -> None:
    (folder := tmp_path / "blobs").mkdir()
    acknowledged: set[str] = set()
    left = 0
    for kill in range(KILLS):
        acknowledged |= put_and_die(folder, str(kill), random.randrange(120))
        left += len(list((folder / "incoming").iterdir()))
        await check(folder, acknowledged)
    assert acknowledged
    assert left, "no kill came in the middle of a put"


@pytest.mark.parametrize("call", ["open", "write", "fsync", "link", "unlink", "mkdir"])
async def test_a_kill_before_any_call_loses_nothing(
    tmp_path: Path, refusing: Path, call: str
) -> None:
    (folder := tmp_path / "blobs").mkdir()
    acknowledged: set[str] = set()
    for nth in (1, 2, 3, 5, 8):
        line = command("put_until_killed", folder, f"{call}{nth}", call, nth)
        ran = await asyncio.to_thread(ended, line, preloading(refusing))
        assert ran.returncode == -signal.SIGKILL, ran.stderr
        acknowledged |= set(ran.stdout.split()) - {"."}
        await check(folder, acknowledged)
