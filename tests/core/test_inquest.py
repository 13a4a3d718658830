"""Originals that packing finds damaged are marked as by a check; what only looks so is not."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from assembly import Assembly, engine
from core.test_packing import content, pack
from core.test_quarantine import events
from damaging import READ, Spoil, checked, flipped, shortened
from dictabelt.core.damage import Damage, Recovery
from dictabelt.core.errors import Quarantined, StorageFailed
from dictabelt.core.limiter import Limiter
from dictabelt.core.media import Form, Signal, Variant
from dictabelt.core.packing import Fate, Packing
from dictabelt.core.ports import Blob, Packer
from originals import added, call, now, speech
from sounds import wave_file

ORIGINAL = Variant(Form.ORIGINAL)


def grown(data: bytes) -> bytes:
    return data + b"\0"


def stunted(data: bytes) -> bytes:
    """Too short for its own samples."""
    return data[:5_000]


@pytest.mark.parametrize(
    ("harm", "damage"),
    [
        (flipped, Damage.CHANGED),
        (shortened, Damage.SHORT),
        (stunted, Damage.SHORT),
        (grown, Damage.LONG),
    ],
)
async def test_a_damaged_original_is_marked_told_of_and_served_no_more(
    harm: Spoil, damage: Damage, here: Assembly
) -> None:
    key, whole = str(call(here).media[0].blob), (await content(here, ORIGINAL))[2]
    await here.tamper(key, harm)
    kept = await here.kept()
    made = await pack(here)
    assert (made.fate, made.damage, (await now(here)).damage) == (Fate.DAMAGED, damage, damage)
    assert [it.media[0].damage for it in await events(here)] == [damage]
    with pytest.raises(Quarantined):
        await content(here, ORIGINAL)
    assert (await pack(here), await here.kept()) == (made, kept)
    await here.tamper(key, lambda _: whole)
    assert [type(it) for it in await checked(here, READ)] == [Recovery]
    assert (await pack(here)).fate is Fate.PACKED
    assert (await content(here, ORIGINAL))[2] == whole


@pytest.mark.parametrize("packed", [False, True])
async def test_bytes_that_are_lost_are_not_taken_for_deleted_ones(
    packed: bool, here: Assembly
) -> None:
    if packed:
        await pack(here)
    await here.blobs.delete(str((await now(here)).blob))
    made = await pack(here)
    assert (made.fate, made.damage) == (Fate.DAMAGED, Damage.MISSING)
    assert [it.media[0].damage for it in await events(here)] == [Damage.MISSING]


async def test_in_a_store_with_nothing_of_this_vault_nothing_is_lost(here: Assembly) -> None:
    for it in await here.kept():
        await here.blobs.delete(it)
    with pytest.raises(StorageFailed, match="mount its folder"):
        await pack(here)
    assert (await now(here)).damage is None


@dataclass
class Crooked:
    """Implements `Packer` with another; what it packs is always the file at `other`."""

    packer: Packer
    other: Path

    def packable(self, signal: Signal, size: int) -> bool:
        return self.packer.packable(signal, size)

    def estimate(self, path: Path, signal: Signal) -> int:
        return self.packer.estimate(path, signal)

    def pack(self, path: Path, signal: Signal, *, write: Callable[[bytes], object]) -> None:
        self.packer.pack(self.other, signal, write=write)

    async def unpack(self, source: Blob, signal: Signal, *, size: int) -> Blob:
        return await self.packer.unpack(source, signal, size=size)


@pytest.mark.parametrize("other", [speech(2), wave_file(b"", channels=1, rate=8_000)])
async def test_a_whole_original_with_a_wrong_pack_is_served_as_before(
    other: bytes, here: Assembly, tmp_path: Path
) -> None:
    it = await added(here, speech(1))
    was, kept = await now(here, it), await here.kept()
    (tmp_path / "other.wav").write_bytes(other)
    crooked = Crooked(engine().packer, tmp_path / "other.wav")
    packing = Packing(here.db, here.blobs, packer=crooked, limiter=Limiter(1, retry_after=5))
    made = await packing.pack(here.ours.owner, it.id, was.id)
    assert (made.fate, made.damage) == (Fate.UNPROVED, None)
    assert (await now(here, it), await here.kept(), await events(here)) == (was, kept, [])
    assert (await content(here, ORIGINAL, it))[2] == speech(1)
