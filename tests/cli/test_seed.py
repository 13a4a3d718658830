"""Seeding: whatever is there already is completed, never doubled."""

import copy
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dictabelt.app import opened
from dictabelt.cli import seed
from dictabelt.core.nouns import Principal, Recording
from dictabelt.core.vault import Vault
from dictabelt.settings import load


@pytest.fixture
async def vault(tmp_path: Path) -> AsyncIterator[Vault]:
    async with opened(load({"data": tmp_path / "data"}, {})) as it:
        yield it


@pytest.fixture
async def who(vault: Vault) -> Principal:
    account = await seed.account(vault, seed.manifest()[0]["name"])
    return await vault.access.operator(str(account.id))


def sounds(recordings: list[Recording]) -> list[list[str | None]]:
    return [[media.sha256 for media in it.media] for it in recordings]


async def test_a_second_time_changes_nothing(vault: Vault, who: Principal) -> None:
    entries = seed.manifest()[0]["recordings"]
    first = await seed.planted(vault, who, entries=entries)
    assert await seed.planted(vault, who, entries=entries) == first
    assert len(await vault.recordings.newest(who, limit=100)) == len(entries)


async def test_a_recording_that_lacks_media_gets_them_in_order(
    vault: Vault, who: Principal
) -> None:
    (entry,) = [it for it in seed.manifest()[0]["recordings"] if len(it["media"]) > 1]
    for held in range(1, len(entry["media"]) + 1):
        part = copy.deepcopy(entry)
        part["media"] = part["media"][:held]
        (recording,) = await seed.planted(vault, who, entries=[part])
        assert [it.name for it in recording.media] == [it["file"] for it in part["media"]]
    assert len(await vault.recordings.newest(who, limit=100)) == 1


async def test_a_recording_without_media_is_found_behind_many_others(
    vault: Vault, who: Principal
) -> None:
    entries = seed.manifest()[0]["recordings"]
    (running,) = [it for it in entries if not it["media"]]
    (before,) = await seed.planted(vault, who, entries=[running])
    await seed.planted(vault, who, entries=entries)
    assert await seed.planted(vault, who, entries=[running]) == [before]


async def test_what_the_manifest_knows_of_a_call_is_kept(vault: Vault, who: Principal) -> None:
    entry = seed.manifest()[0]["recordings"][0]
    (recording,) = await seed.planted(vault, who, entries=[entry])
    call = recording.call
    assert call is not None
    assert call.caller is not None
    assert call.caller.contact is not None
    assert (call.vendor_id, call.direction) == (entry["call_id"], entry["direction"])
    assert call.caller.number == entry["caller"]["number"]
    assert call.caller.contact.id == entry["caller"]["contact"]["id"]
    assert (recording.origin, recording.price) == (entry["origin"], entry["price"])
