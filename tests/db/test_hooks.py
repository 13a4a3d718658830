"""Hooks in a real database: found by their owner, their secrets sealed."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from db.samples import hook, minutes
from dictabelt.core.errors import Conflict, Invalid, NotFound, StorageFailed
from dictabelt.core.ids import AccountId, HookId
from dictabelt.core.ports import Database
from dictabelt.db.sqlite import SqliteDatabase
from dictabelt.secret import Seal

SECRET, TOKEN = "whsec_of_the_receiver", "Bearer of-the-receiver"


@pytest.fixture
async def sealless(path: Path) -> AsyncIterator[Database]:
    opened = SqliteDatabase.open(path)
    yield opened
    await opened.close()


async def test_a_hook_comes_back_with_its_secret_and_headers(
    database: Database, ours: AccountId
) -> None:
    full = hook(
        ours,
        events=frozenset({"call.completed", "recording.available"}),
        secret=SECRET,
        headers={"Authorization": TOKEN},
        details={"scope": ["a", 1], "name": "Zoë"},
        enabled=False,
    )
    bare = hook(ours)
    async with database.write() as tx:
        await tx.hooks.add(ours, full)
        await tx.hooks.add(ours, bare)
    async with database.read() as view:
        assert await view.hooks.get(ours, full.id) == full
        assert await view.hooks.get(ours, bare.id) == bare
        assert await view.hooks.get(ours, HookId(uuid4())) is None


async def test_an_account_lists_its_own_hooks_oldest_first_and_by_dialect(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    late, early = hook(ours, created_at=minutes(2)), hook(ours, created_at=minutes(1))
    other = hook(ours, created_at=minutes(3), dialect="subverse")
    foreign = hook(theirs)
    async with database.write() as tx:
        for it in (late, other, early, foreign):
            await tx.hooks.add(it.account, it)
    async with database.read() as view:
        assert await view.hooks.of(ours) == [early, late, other]
        assert await view.hooks.of(ours, "bird") == [early, late]
        assert await view.hooks.of(ours, "relay") == []
        assert await view.hooks.of(theirs) == [foreign]
        assert await view.hooks.get(ours, foreign.id) is None


async def test_put_changes_everything_but_the_instant_of_creation(
    database: Database, ours: AccountId
) -> None:
    before, other = hook(ours, secret="old"), hook(ours)
    after = replace(
        before,
        dialect="subverse",
        url="https://example.com/elsewhere",
        events=frozenset[str](),
        secret=SECRET,
        headers={"X-Key": TOKEN},
        details={"a": 1},
        enabled=False,
    )
    async with database.write() as tx:
        await tx.hooks.add(ours, before)
        await tx.hooks.add(ours, other)
        await tx.hooks.put(ours, replace(after, created_at=minutes(9)))
    async with database.read() as view:
        assert await view.hooks.get(ours, before.id) == after
        assert await view.hooks.get(ours, other.id) == other


async def test_a_rivals_or_an_unknown_hook_is_neither_changed_nor_forgotten(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    foreign = hook(theirs)
    async with database.write() as tx:
        await tx.hooks.add(theirs, foreign)
        for it in (replace(foreign, account=ours), hook(ours)):
            with pytest.raises(NotFound):
                await tx.hooks.put(ours, it)
            assert not await tx.hooks.forget(ours, it.id)
        for write in (tx.hooks.add, tx.hooks.put):
            with pytest.raises(ValueError, match="another account"):
                await write(ours, foreign)
    async with database.read() as view:
        assert await view.hooks.of(theirs) == [foreign]


async def test_a_forgotten_hook_is_gone_once(database: Database, ours: AccountId) -> None:
    it, other = hook(ours), hook(ours)
    async with database.write() as tx:
        await tx.hooks.add(ours, it)
        await tx.hooks.add(ours, other)
        assert await tx.hooks.forget(ours, it.id)
        assert not await tx.hooks.forget(ours, it.id)
    async with database.read() as view:
        assert await view.hooks.of(ours) == [other]


async def test_an_id_is_there_once_in_an_account(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    it = hook(ours)
    async with database.write() as tx:
        await tx.hooks.add(ours, it)
        await tx.hooks.add(theirs, replace(it, account=theirs))
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.hooks.add(ours, it)


async def test_neither_secret_nor_headers_are_in_the_file(
    database: Database, path: Path, ours: AccountId
) -> None:
    async with database.write() as tx:
        await tx.hooks.add(ours, hook(ours, secret=SECRET, headers={"X-Hidden-Name": TOKEN}))
    kept = b"".join(it.read_bytes() for it in path.parent.glob(f"{path.name}*"))
    assert b"https://example.com/hear" in kept
    for hidden in (SECRET, TOKEN, "X-Hidden-Name"):
        assert hidden.encode() not in kept


async def test_a_sealed_value_moved_to_another_row_does_not_open(
    database: Database, path: Path, ours: AccountId, theirs: AccountId
) -> None:
    it, other = hook(ours, secret=SECRET), hook(ours)
    namesake = replace(other, id=it.id, account=theirs)
    async with database.write() as tx:
        for each in (it, other, namesake):
            await tx.hooks.add(each.account, each)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE hooks SET sealed = (SELECT sealed FROM hooks WHERE account = ? AND id = ?)",
            (ours.bytes, it.id.bytes),
        )
    async with database.read() as view:
        assert await view.hooks.get(ours, it.id) == it
    for owner, id in ((ours, other.id), (theirs, it.id)):
        async with database.read() as view:
            with pytest.raises(StorageFailed, match="does not open"):
                await view.hooks.get(owner, id)


async def test_under_another_pepper_no_hook_opens(
    database: Database, path: Path, ours: AccountId
) -> None:
    it = hook(ours)
    async with database.write() as tx:
        await tx.hooks.add(ours, it)
    stranger = SqliteDatabase.open(path, seal=Seal(b"\x07" * 32))
    async with stranger.read() as view:
        with pytest.raises(StorageFailed, match=r"secret\.key"):
            await view.hooks.get(ours, it.id)
    await stranger.close()


async def test_a_database_without_a_seal_keeps_and_shows_no_hook(
    sealless: Database, database: Database, ours: AccountId
) -> None:
    it = hook(ours)
    async with database.write() as tx:
        await tx.hooks.add(ours, it)
    async with sealless.read() as view:
        with pytest.raises(StorageFailed, match="without a seal"):
            await view.hooks.of(ours)
    async with sealless.write() as tx:
        with pytest.raises(StorageFailed, match="without a seal"):
            await tx.hooks.add(ours, hook(ours))
    async with database.read() as view:
        assert await view.hooks.of(ours) == [it]


@pytest.mark.parametrize(
    "more",
    [
        {"url": "\ud800"},
        {"secret": "\ud800"},
        {"headers": {"X": "\ud800"}},
        {"events": frozenset({"\ud800"})},
        {"details": {"name": "\ud800"}},
    ],
)
async def test_what_the_database_cannot_keep_is_refused(
    database: Database, ours: AccountId, more: dict[str, object]
) -> None:
    async with database.write() as tx:
        assert await tx.hooks.of(ours) == []
    with pytest.raises(Invalid):
        async with database.write() as tx:
            await tx.hooks.add(ours, hook(ours, **more))
