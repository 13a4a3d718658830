"""Kept answers in a real database."""

from pathlib import Path

from db.samples import answer, digest, minutes
from dictabelt.core.ids import AccountId
from dictabelt.core.ports import Database


async def test_an_answer_is_found_by_its_operation_and_key(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    it, other, foreign = answer(), answer(operation="DELETE", answer=b""), answer(answer=b"theirs")
    async with database.write() as tx:
        await tx.once.put(ours, it)
        await tx.once.put(ours, other)
        await tx.once.put(theirs, foreign)
        await tx.once.put(theirs, answer(key="their own"))
    async with database.read() as view:
        assert await view.once.get(ours, it.operation, it.key) == it
        assert await view.once.get(ours, other.operation, it.key) == other
        assert await view.once.get(theirs, it.operation, it.key) == foreign
        assert await view.once.get(ours, it.operation, "their own") is None
        assert await view.once.get(ours, "GET", it.key) is None


async def test_a_new_answer_takes_the_place_of_the_old_one(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    old = answer()
    new = answer(fingerprint=digest("other"), answer=b"\x00\xff", kept_at=minutes(1))
    async with database.write() as tx:
        await tx.once.put(theirs, old)
        await tx.once.put(ours, old)
        await tx.once.put(ours, new)
    async with database.read() as view:
        assert await view.once.get(ours, old.operation, old.key) == new
        assert await view.once.get(theirs, old.operation, old.key) == old


async def test_an_account_forgets_its_own_answers_kept_before_an_instant(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    old, edge = answer(key="old", kept_at=minutes(1)), answer(key="edge", kept_at=minutes(2))
    async with database.write() as tx:
        for it in (old, edge):
            await tx.once.put(ours, it)
        await tx.once.put(theirs, old)
        await tx.once.forget_before(ours, minutes(2))
    async with database.read() as view:
        assert await view.once.get(ours, old.operation, "old") is None
        assert await view.once.get(ours, old.operation, "edge") == edge
        assert await view.once.get(theirs, old.operation, "old") == old


async def test_an_answer_is_not_in_the_file_as_it_is(
    database: Database, path: Path, ours: AccountId
) -> None:
    async with database.write() as tx:
        await tx.once.put(ours, answer(answer=b"a token that is shown once"))
    kept = b"".join(it.read_bytes() for it in path.parent.glob(f"{path.name}*"))
    assert b"POST /recordings" in kept
    assert b"a token that is shown once" not in kept
