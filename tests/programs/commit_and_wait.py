"""Registers a webhook, keeps a recording, says so, and waits to be killed: nothing is sent."""

import asyncio
import sys
from pathlib import Path

from dictabelt.app import opened
from dictabelt.core.hooks import Wish
from dictabelt.core.ingest import Upload
from dictabelt.core.nouns import Known
from dictabelt.settings import load
from sounds import chunks, tone


async def main(folder: Path, receiver: str) -> None:
    async with opened(load({"data": folder}, {})) as vault:
        owner = await vault.access.operator("Ours")
        await vault.hooks.add(owner, Wish("subverse", receiver, frozenset({"call.completed"})))
        kept = await vault.ingest.add(
            owner, Upload(chunks(tone(0.5, 440))), Known(call_id="before-the-kill")
        )
        print(kept.recording.id, flush=True)
        await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
