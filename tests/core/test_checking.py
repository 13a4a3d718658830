"""Checking beside a vault in use: what comes, moves or goes meanwhile is no fault."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from typing import Any

import pytest

from assembly import Assembly, engine
from dictabelt.app import DATABASE
from dictabelt.cli.progress import Tally
from dictabelt.core.checking import Survey
from dictabelt.core.damage import Finding
from dictabelt.core.ingest import Upload
from dictabelt.core.inventory import Entry
from dictabelt.core.nouns import Known
from dictabelt.core.portion import Share
from dictabelt.core.premises import Premises
from dictabelt.db.inspection import SqliteFile
from dictabelt.db.ledger import SqliteLedger
from sounds import chunks, tone

Act = Callable[[Assembly], Awaitable[object]]


class Meanwhile:
    """The store of a vault to which something happens once it has been listed."""

    def __init__(self, here: Assembly, act: Act) -> None:
        self._here = here
        self._act = act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._here.blobs, name)

    async def entries(self, under: str = "") -> AsyncIterator[Entry]:
        listed = self._here.blobs.entries(under)
        async for it in listed:
            yield it
        await self._act(self._here)


async def found(here: Assembly, act: Act) -> list[Finding]:
    at = Premises(
        db=here.db,
        file=SqliteFile(here.folder / DATABASE),
        store=Meanwhile(here, act),
        audio=engine(),
        secret=b"",
        ledger=SqliteLedger,
    )
    with closing(at.ledger()) as ledger:
        return [it async for it in Survey(at, ledger).findings(Share(1), Tally())]


async def delete(here: Assembly) -> None:
    await here.vault.recordings.delete(here.ours.owner, here.ours.recordings["call"].id)


async def pack(here: Assembly) -> None:
    it = here.ours.recordings["call"]
    await here.vault.packing.pack(here.ours.owner, it.id, it.media[0].id)


async def upload(here: Assembly) -> None:
    await here.vault.ingest.add(here.ours.owner, Upload(chunks(tone(1, 330))), Known())


@pytest.mark.parametrize("act", [delete, pack, upload])
async def test_what_happens_between_the_list_and_the_rows_is_no_fault(
    here: Assembly, act: Act
) -> None:
    # the clock of the fixture stands far after all that is stored: whatever is left over is old
    assert await found(here, act) == []
