"""A backup of a vault in use: what goes between the database and the bytes is no loss."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from typing import Any

import pytest

from assembly import Assembly, engine
from dictabelt.app import depot
from dictabelt.cli.progress import Tally
from dictabelt.core.backup import Made, Work, back_up, learn
from dictabelt.core.damage import DatabaseFault
from dictabelt.core.errors import Conflict
from dictabelt.core.ingest import Upload
from dictabelt.core.nouns import Known
from dictabelt.core.ports import Database
from dictabelt.core.premises import DatabaseFile, Premises
from dictabelt.core.repository import Keeper, Repository
from dictabelt.core.snapshot import Origin
from dictabelt.db.ledger import SqliteLedger
from dictabelt.db.sqlite import SqliteDatabase
from sounds import chunks, tone

Act = Callable[[Assembly, int], Awaitable[object]]


class Meanwhile:
    """The file of a vault to which something happens right after each copy."""

    def __init__(self, here: Assembly, act: Act, file: DatabaseFile) -> None:
        self._here = here
        self._act = act
        self._file = file
        self.copies = 0

    async def faults(self) -> list[DatabaseFault]:
        return await self._file.faults()

    async def remarks(self) -> list[str]:
        return await self._file.remarks()

    async def copy(self, target: Path) -> None:
        await self._file.copy(target)
        await self._act(self._here, self.copies)
        self.copies += 1

    def opened(self, copy: Path) -> AbstractAsyncContextManager[Database]:
        return self._file.opened(copy)


async def made(here: Assembly, file: Meanwhile) -> tuple[Made, Repository]:
    repository = Repository(depot(here.folder.parent / "safe"))
    await repository.depot.shelf.prepare()
    scratch = here.folder.parent / "scratch"
    scratch.mkdir()
    at = Premises(here.db, file, here.blobs, engine(), b"", SqliteLedger)
    with closing(SqliteLedger()) as had, closing(SqliteLedger()) as known:
        work = Work(at, repository, had, known, scratch, Tally())
        await learn(work)
        return await back_up(work, Origin("here", "0"), secret={}), repository


async def delete(here: Assembly, time: int) -> None:
    if time == 0:
        await here.vault.recordings.delete(here.ours.owner, here.ours.recordings["call"].id)


async def pack(here: Assembly, time: int) -> None:
    it = here.ours.recordings["call"]
    if time == 0:
        await here.vault.packing.pack(here.ours.owner, it.id, it.media[0].id)


@pytest.mark.parametrize("act", [delete, pack])
async def test_every_blob_that_the_snapshots_rows_name_is_in_it(
    here: Assembly, act: Act, tmp_path: Path
) -> None:
    file = Meanwhile(here, act, await here.database())
    done, repository = await made(here, file)
    assert (done.damaged, file.copies) == ((), 2)
    copy = tmp_path / "copy.sqlite3"
    parts: Any = [await repository.whole(it) for it in done.snapshot.database.objects]
    copy.write_bytes(b"".join(parts))
    listed = {it.key async for it in repository.listed(done.snapshot)}
    database = SqliteDatabase.open(copy)
    async with database.read() as tx:
        for tenant in (here.ours, here.theirs):
            page = await tx.kept.page(tenant.account.id, 100, None)
            assert page
            assert {named.blob for it in page for named in it.named()} <= listed
    await database.close()
    assert listed == await here.kept()


async def test_it_begins_anew_until_nothing_went_away(here: Assembly) -> None:
    doomed = [here.ours.recordings["call"].id]

    async def replace(here: Assembly, time: int) -> None:
        if time < 3:
            await here.vault.recordings.delete(here.ours.owner, doomed[-1])
            upload = Upload(chunks(tone(1, 300 + time)))
            doomed.append(
                (await here.vault.ingest.add(here.ours.owner, upload, Known())).recording.id
            )

    file = Meanwhile(here, replace, await here.database())
    done, _ = await made(here, file)
    assert (done.damaged, file.copies) == ((), 4)


async def test_bytes_that_are_lost_are_told_and_no_reason_to_begin_anew(here: Assembly) -> None:
    async def lose_bytes(here: Assembly, time: int) -> None:
        await here.blobs.delete(str(here.ours.recordings["call"].media[0].blob))

    done, _ = await made(here, Meanwhile(here, lose_bytes, await here.database()))
    assert [blob for blob, _ in done.damaged] == [here.ours.recordings["call"].media[0].blob]
    assert done.snapshot.counts.damaged == 1


async def test_another_keeper_is_refused(here: Assembly) -> None:
    repository = Repository(depot(here.folder.parent / "safe"))
    await repository.depot.shelf.prepare()
    mine, gone = Keeper("here", 1, lambda _: True), Keeper("here", 2, lambda _: False)
    async with repository.locked(mine):
        with pytest.raises(Conflict):
            async with repository.locked(mine):
                pass
        async with repository.locked(gone):  # whose word is that the first one died
            pass
