"""Checking beside a vault in use: what comes, moves or goes meanwhile is no fault."""

import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from typing import Any

import pytest

from assembly import Assembly, engine
from dictabelt.cli.progress import Tally
from dictabelt.core.checking import Survey
from dictabelt.core.damage import Damage, Finding, Outcome, Unread
from dictabelt.core.errors import StorageFailed
from dictabelt.core.ids import AccountId, blob_key, new_uuid
from dictabelt.core.ingest import Upload
from dictabelt.core.inventory import Entry, Store
from dictabelt.core.nouns import Known
from dictabelt.core.portion import Share
from dictabelt.core.ports import Blob
from dictabelt.core.premises import Premises
from dictabelt.db.ledger import SqliteLedger
from sounds import chunks, tone

Act = Callable[[Assembly], Awaitable[object]]


class UnderItsHands:
    """The store of a vault to which something happens as the first bytes are opened."""

    def __init__(self, here: Assembly, act: Act) -> None:
        self._here = here
        self._acts = [act]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._here.blobs, name)

    def entries(self, under: str = "") -> AsyncIterator[Entry]:
        return self._here.blobs.entries(under)

    async def open(self, key: str) -> Blob:
        while self._acts:
            await self._acts.pop()(self._here)
        return await self._here.blobs.open(key)


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


async def found(here: Assembly, store: Store) -> list[Outcome]:
    at = Premises(
        db=here.db,
        file=await here.database(),
        store=store,
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
    assert await found(here, Meanwhile(here, act)) == []


async def lose_everything(here: Assembly) -> None:
    for it in ("call", "sip", "conference", "visit", "failed"):
        await here.vault.recordings.delete(here.ours.owner, here.ours.recordings[it].id)


@pytest.mark.parametrize("act", [lose_everything, pack])
async def test_what_happens_between_a_row_and_its_bytes_is_no_fault(
    here: Assembly, act: Act
) -> None:
    assert await found(here, UnderItsHands(here, act)) == []


class Refusing:
    """The store of a vault, whose bytes cannot be read so many times."""

    def __init__(self, here: Assembly, times: int, cause: Exception, only: str = "") -> None:
        self._here = here
        self._only = only
        self._times = times
        self._cause = cause

    def __getattr__(self, name: str) -> Any:
        return getattr(self._here.blobs, name)

    def entries(self, under: str = "") -> AsyncIterator[Entry]:
        return self._here.blobs.entries(under)

    async def open(self, key: str) -> Blob:
        self._times -= key.startswith(self._only)
        if key.startswith(self._only) and self._times >= 0:
            raise StorageFailed("not now") from self._cause
        return await self._here.blobs.open(key)


async def test_what_the_store_refuses_is_neither_damaged_nor_whole(here: Assembly) -> None:
    seen = await found(here, Refusing(here, 2, TimeoutError("busy")))
    assert [type(it) for it in seen] == [Unread, Unread]
    assert isinstance(seen[0], Unread)
    assert seen[0].reason == "not now"


async def test_a_store_that_refuses_everything_ends_the_check(here: Assembly) -> None:
    with pytest.raises(StorageFailed, match="not now"):
        await found(here, Refusing(here, 1000, TimeoutError("busy")))


async def test_what_a_disk_has_lost_is_damaged(here: Assembly) -> None:
    seen = await found(here, Refusing(here, 2, OSError(errno.EIO, "input/output error")))
    assert [it.damage for it in seen if isinstance(it, Finding)] == [Damage.UNREADABLE] * 2


async def test_what_no_row_names_and_the_store_refuses_is_no_orphan(here: Assembly) -> None:
    key = blob_key(here.ours.account.id)
    await here.blobs.put(key, chunks(b"nobody's"))
    (seen,) = await found(here, Refusing(here, 1, TimeoutError("busy"), only=key))
    assert (type(seen), getattr(seen, "blob", "")) == (Unread, key)


async def test_bytes_that_go_without_their_row_are_missing(here: Assembly) -> None:
    key = str(here.ours.recordings["call"].media[0].blob)

    async def lose(here: Assembly) -> None:
        await here.blobs.delete(key)

    assert [getattr(it, "blob", None) for it in await found(here, Meanwhile(here, lose))] == [key]


async def test_what_no_row_names_is_left_over_unless_another_made_it(here: Assembly) -> None:
    key, foreign = blob_key(here.ours.account.id), "backups/2026/notes.txt"
    of_another_vault = blob_key(AccountId(new_uuid()))
    for it in (key, foreign, f"inner/{key}", of_another_vault):
        await here.blobs.put(it, chunks(b"nobody's"))
    assert [getattr(it, "blob", None) for it in await found(here, here.blobs)] == [key]
