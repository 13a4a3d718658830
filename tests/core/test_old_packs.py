"""Packs from before rows kept the hashes of packs: they are proved before they are believed."""

from dataclasses import replace

import pytest

from assembly import Assembly, engine
from core.test_packing import pack
from damaging import flipped
from dictabelt.core.damage import Damage
from dictabelt.core.errors import Damaged
from dictabelt.core.media import Media
from dictabelt.core.originals import Originals, Piece
from dictabelt.core.packing import Fate
from originals import call, now


async def unhashed(here: Assembly) -> Media:
    """A pack that is named as before rows kept the hashes of packs."""
    await pack(here)
    old = replace(await now(here), packed_sha256=None)
    async with here.db.write() as tx:
        await tx.recordings.put_media(call(here).account, call(here).id, old)
    return old


async def test_a_pack_from_before_there_were_hashes_is_proved_and_given_one(
    here: Assembly,
) -> None:
    await pack(here)
    right = await now(here)
    old = await unhashed(here)
    kept = await here.kept()
    assert (await pack(here)).fate is Fate.ALREADY
    assert (await now(here), await here.kept()) == (right, kept)
    assert old != right


async def test_a_damaged_pack_from_before_there_were_hashes_is_marked_and_given_none(
    here: Assembly,
) -> None:
    old = await unhashed(here)
    await here.tamper(str(old.blob), flipped)
    assert (await pack(here)).fate is Fate.DAMAGED
    assert await now(here) == replace(old, damage=Damage.CHANGED)
    originals = Originals(here.db, here.blobs, packer=engine().packer)
    with pytest.raises(Damaged):
        async with originals.local(Piece(call(here), old)):
            pass
