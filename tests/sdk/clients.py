"""Runs a program of this folder with a vendor's client against a server."""

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

from dictabelt.core.tokens import new_token
from stocked import House

PROGRAMS = Path(__file__).parent / "programs"
PATIENCE = 120


async def told(program: str, house: House, *, python: Path, **more: str) -> dict[str, Any]:
    """What the program says of our recordings, in the words of its client.

    `python` runs it, or node a program whose name ends in .cjs.
    """
    ours, theirs = house.ours.recordings, house.theirs.recordings
    given = {
        "account": str(house.ours.account.id),
        "token": house.ours.keys["all"],
        "wrong_token": new_token(),
        "call": str(ours["call"].id),
        "conference": str(ours["conference"].id),
        "in_progress": str(ours["in progress"].id),
        "failed": str(ours["failed"].id),
        "foreign": str(theirs["call"].id),
        "unknown": str(uuid4()),
        **more,
    }
    file = program if program.endswith(".cjs") else f"{program}.py"
    line = [str(python), str(PROGRAMS / file), json.dumps(given)]
    ran = await asyncio.to_thread(
        subprocess.run,
        line,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": "", "NO_PROXY": "127.0.0.1"},
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found
