"""Quarantine: damage is marked once, told once, and taken back by a check that read the bytes."""

from dataclasses import replace

import pytest

from assembly import Assembly
from damaging import READ, Spoil, checked, flipped, shortened
from dictabelt.app import listener
from dictabelt.core.analyses import analyse_later
from dictabelt.core.analysis import Drawing
from dictabelt.core.damage import Damage, Finding, Recovery
from dictabelt.core.errors import Damaged, NotReady, Quarantined
from dictabelt.core.ingest import Upload
from dictabelt.core.media import Form, Media, Variant
from dictabelt.core.nouns import Known, Recording
from dictabelt.core.packing import Fate
from dictabelt.core.portion import Share
from dictabelt.core.quarantine import Quarantine
from dictabelt.core.search import EventSearch, Window
from gated import settled
from sounds import chunks


def call(here: Assembly) -> Recording:
    return here.ours.recordings["call"]


def key(here: Assembly) -> str:
    return str(call(here).media[0].blob)


async def now(here: Assembly) -> Media:
    return (await here.vault.recordings.get(here.ours.owner, call(here).id)).media[0]


async def stored(here: Assembly, key: str) -> bytes:
    async with here.blobs.local(key) as path:
        return path.read_bytes()


async def heard(here: Assembly, form: Form) -> bytes:
    """All of it, once what had to be encoded is kept."""
    playable = await here.vault.renditions.get(here.ours.owner, call(here).id, Variant(form))
    blob, data = await playable.open(), b""
    try:
        while piece := await blob.read(len(data), 1 << 20):
            data += piece
    finally:
        await blob.close()
    await settled()
    return data


async def events(here: Assembly) -> list[Recording]:
    """The recordings that were told to be damaged, in any order: the clock stands still."""
    search = EventSearch(types=frozenset({"recording.damaged"}))
    page = await here.vault.events.find(here.ours.owner, search, Window(100))
    return [it.recording for it in page.items]


async def rendition(here: Assembly, form: Form) -> str:
    """The key of the call's kept one."""
    async with here.db.read() as tx:
        kept = await tx.renditions.get(call(here).account, call(here).media[0].id, Variant(form))
    assert kept is not None
    return str(kept.blob)


async def lose(here: Assembly) -> None:
    await here.blobs.delete(key(here))


async def swap(here: Assembly) -> None:
    await here.tamper(key(here), flipped)


async def cut(here: Assembly) -> None:
    await here.tamper(key(here), shortened)


async def put_back(here: Assembly, data: bytes) -> None:
    await here.tamper(key(here), lambda _: data)


async def test_the_owner_hears_of_damage_once_a_kind(here: Assembly) -> None:
    await swap(here)
    for _ in range(3):
        await checked(here)
    told = await events(here)
    assert [it.media[0].damage for it in told] == [Damage.CHANGED]
    assert told[0].id == call(here).id
    await cut(here)
    for _ in range(2):
        await checked(here)
    kinds = [str(it.media[0].damage) for it in await events(here)]
    assert sorted(kinds) == ["changed", "short"]


async def test_what_was_changed_and_then_missing_is_read_before_it_is_served(
    here: Assembly,
) -> None:
    data = await stored(here, key(here))
    await swap(here)
    await checked(here)
    await lose(here)
    for subset in (None, READ):
        (found,) = await checked(here, subset)
        assert isinstance(found, Finding)
        assert (found.damage, (await now(here)).damage) == (Damage.MISSING, Damage.CHANGED)
    assert len(await events(here)) == 1
    await here.blobs.put(key(here), chunks(flipped(data)))
    await checked(here, None)
    with pytest.raises(Quarantined):
        await heard(here, Form.ORIGINAL)
    await put_back(here, data)
    await checked(here)
    assert await heard(here, Form.ORIGINAL) == data


@pytest.mark.parametrize("spoil", [flipped, lambda data: data[: len(data) // 2]])
async def test_a_missing_pack_is_read_before_it_is_served(here: Assembly, spoil: Spoil) -> None:
    data = await stored(here, key(here))
    await here.vault.packing.pack(here.ours.owner, call(here).id, call(here).media[0].id)
    pack = str((await now(here)).blob)
    whole = await stored(here, pack)
    await here.blobs.delete(pack)
    await checked(here, None)
    await here.blobs.put(pack, chunks(spoil(whole)))
    await checked(here, None)
    with pytest.raises(Quarantined):
        await heard(here, Form.FLAC)
    await here.tamper(pack, lambda _: whole)
    await checked(here)
    assert await heard(here, Form.ORIGINAL) == data


async def test_a_mark_that_another_check_made_meanwhile_stays(here: Assembly) -> None:
    data = await stored(here, key(here))
    await lose(here)
    await checked(here, None)
    async with here.db.read() as tx:
        seen = await tx.kept.of(call(here).account, call(here).media[0].id)
    assert seen is not None
    await here.blobs.put(key(here), chunks(flipped(data)))
    await checked(here)
    await Quarantine(here.db).lift(Recovery(seen, next(seen.named())))
    assert (await now(here)).damage is Damage.CHANGED


async def test_a_check_of_sizes_takes_back_only_what_it_can_see(here: Assembly) -> None:
    data = await stored(here, key(here))
    for harm, damage, left in (
        (swap, Damage.CHANGED, Damage.CHANGED),
        (cut, Damage.SHORT, Damage.SHORT),
    ):
        await harm(here)
        await checked(here)
        assert (await now(here)).damage is damage
        await put_back(here, data)
        (standing,) = await checked(here, None)
        assert isinstance(standing, Finding)
        assert (standing.damage, (await now(here)).damage) == (left, left)
        assert [type(it) for it in await checked(here)] == [Recovery]
        assert (await now(here)).damage is None


async def test_a_check_of_any_part_reads_what_is_marked(here: Assembly) -> None:
    data = await stored(here, key(here))
    await swap(here)
    await checked(here)
    await put_back(here, data)
    assert [type(it) for it in await checked(here, Share(1e-9))] == [Recovery]


async def test_what_was_missing_is_served_once_it_is_there(here: Assembly) -> None:
    data = await stored(here, key(here))
    await lose(here)
    assert [it.damage for it in await checked(here, None) if isinstance(it, Finding)] == ["missing"]
    with pytest.raises(Quarantined, match="restore its file"):
        await heard(here, Form.ORIGINAL)
    await here.blobs.put(key(here), chunks(data))
    await checked(here, None)
    assert await heard(here, Form.ORIGINAL) == data


async def test_what_was_kept_of_it_is_served_on_and_nothing_is_made_anew(here: Assembly) -> None:
    opus, data = await heard(here, Form.OPUS), await stored(here, key(here))
    await swap(here)
    await checked(here)
    assert await heard(here, Form.OPUS) == opus
    for form in (Form.ORIGINAL, Form.WAV, Form.MP3, Form.FLAC):
        with pytest.raises(Quarantined):
            await heard(here, form)
    with pytest.raises(Quarantined):
        await here.vault.renditions.rescue(here.ours.owner, call(here).id)
    await put_back(here, data)
    await checked(here)
    assert await heard(here, Form.WAV) == data


async def test_what_another_version_kept_of_it_is_served_too(here: Assembly) -> None:
    opus, it = await heard(here, Form.OPUS), call(here)
    async with here.db.write() as tx:
        (kept,) = await tx.renditions.of(it.account, it.media[0].id)
        await tx.renditions.put(it.account, replace(kept, encoder="of long ago"))
    await swap(here)
    await checked(here)
    assert await heard(here, Form.OPUS) == opus


async def test_a_kept_rendition_that_is_damaged_too_is_not_served(here: Assembly) -> None:
    await heard(here, Form.OPUS)
    await here.tamper(await rendition(here, Form.OPUS), flipped)
    await swap(here)
    await checked(here)
    with pytest.raises(Quarantined):
        await heard(here, Form.OPUS)


@pytest.mark.parametrize("spoil", [flipped, shortened, None])
async def test_a_damaged_rendition_is_made_anew(here: Assembly, spoil: object) -> None:
    opus = await heard(here, Form.OPUS)
    spoilt = await rendition(here, Form.OPUS)
    if callable(spoil):
        await here.tamper(spoilt, spoil)
    else:
        await here.blobs.delete(spoilt)
        with pytest.raises(Damaged):
            await heard(here, Form.OPUS)
    await checked(here)
    assert await heard(here, Form.OPUS) == opus
    assert await rendition(here, Form.OPUS) != spoilt
    assert spoilt not in await here.kept()
    assert await checked(here) == []
    assert await events(here) == []


async def test_damaged_peaks_are_drawn_anew(here: Assembly) -> None:
    owner, it = here.ours.owner, call(here)
    before = await here.vault.analyses.get(owner, it.id)
    drawn = await here.vault.analyses.peaks(owner, it.id, Drawing())
    await here.tamper(str(before.peaks), lambda data: data[:10])
    await checked(here)
    with pytest.raises(NotReady, match="drawn again"):
        await here.vault.analyses.peaks(owner, it.id, Drawing())
    assert (await here.vault.analyses.get(owner, it.id)).findings == before.findings
    await listener(here.vault).drain()
    assert await here.vault.analyses.peaks(owner, it.id, Drawing()) == drawn
    assert await checked(here) == []


async def test_what_is_damaged_is_neither_packed_nor_listened_to(here: Assembly) -> None:
    owner, it = here.ours.owner, call(here)
    data, before = await stored(here, key(here)), await here.vault.analyses.get(owner, it.id)
    await here.tamper(str(before.peaks), lambda data: data[:10])
    await swap(here)
    await checked(here)
    assert (await here.vault.packing.pack(owner, it.id, it.media[0].id)).fate is Fate.DAMAGED
    await listener(here.vault).drain()
    assert (await here.vault.analyses.get(owner, it.id)).peaks == before.peaks
    await put_back(here, data)
    await checked(here)
    await listener(here.vault).drain()
    assert await checked(here) == []
    assert await here.vault.analyses.peaks(owner, it.id, Drawing())


async def test_the_same_audio_is_kept_again_beside_what_is_damaged(here: Assembly) -> None:
    data = await stored(here, key(here))
    await swap(here)
    await checked(here)
    added = await here.vault.ingest.add(here.ours.owner, Upload(chunks(data)), Known())
    assert added.recording.id != call(here).id


async def test_a_packed_original_is_marked_and_served_again(here: Assembly) -> None:
    it, data = call(here), await stored(here, key(here))
    await here.vault.packing.pack(here.ours.owner, it.id, it.media[0].id)
    pack = str((await now(here)).blob)
    whole = await stored(here, pack)
    await here.tamper(pack, flipped)
    assert len(await checked(here)) == 1
    with pytest.raises(Quarantined):
        await heard(here, Form.WAV)
    await here.tamper(pack, lambda _: whole)
    await checked(here)
    assert await heard(here, Form.ORIGINAL) == data


async def test_what_is_made_of_a_changed_original_is_not_kept(here: Assembly) -> None:
    await swap(here)
    kept = await here.kept()
    with pytest.raises(Damaged):
        await heard(here, Form.FLAC)
    assert await here.kept() == kept
    async with here.db.read() as tx:
        assert await tx.renditions.of(call(here).account, call(here).media[0].id) == []


async def packed(here: Assembly) -> bytes:
    """What the call's original is kept as now."""
    it = call(here)
    await here.vault.packing.pack(here.ours.owner, it.id, it.media[0].id)
    return await stored(here, str((await now(here)).blob))


def grown(data: bytes) -> bytes:
    """What no decoder complains of."""
    return data + b"\0"


@pytest.mark.parametrize("harm", [flipped, grown])
@pytest.mark.parametrize("form", [Form.FLAC, Form.OPUS])
async def test_what_is_made_of_a_changed_pack_is_not_kept(
    here: Assembly, form: Form, harm: Spoil
) -> None:
    sound = await heard(here, Form.ORIGINAL)
    whole = await packed(here)
    pack = str((await now(here)).blob)
    await here.tamper(pack, harm)
    kept = await here.kept()
    with pytest.raises(Damaged):
        await heard(here, form)
    assert await here.kept() == kept
    await checked(here)
    with pytest.raises(Quarantined):
        await heard(here, form)
    await here.tamper(pack, lambda _: whole)
    await checked(here)
    assert await heard(here, Form.ORIGINAL) == sound
    assert await heard(here, form)


async def test_nobody_listens_to_a_changed_original(here: Assembly) -> None:
    before = await here.vault.analyses.get(here.ours.owner, call(here).id)
    whole = await packed(here)
    pack = str((await now(here)).blob)
    await here.tamper(pack, flipped)
    async with here.db.write() as tx:
        await analyse_later(tx, call(here).account, call(here).id, media=await now(here))
    await listener(here.vault).drain()
    kept = await here.vault.analyses.get(here.ours.owner, call(here).id)
    assert (kept.peaks, kept.findings) == (None, None)
    assert "not what was kept" in str(kept.fault)
    await checked(here)
    await here.tamper(pack, lambda _: whole)
    await checked(here)
    await listener(here.vault).drain()
    kept = await here.vault.analyses.get(here.ours.owner, call(here).id)
    assert kept.findings == before.findings


async def test_what_stands_behind_a_packs_last_frame_is_seen(here: Assembly) -> None:
    await packed(here)
    await here.tamper(str((await now(here)).blob), grown)
    (found,) = await checked(here)
    assert found.named is not None
    assert (await now(here)).damage is Damage.CHANGED


async def test_another_accounts_bytes_are_not_served(here: Assembly) -> None:
    theirs = str(here.theirs.recordings["call"].media[0].blob)
    it = call(here)
    async with here.db.write() as tx:
        wrong = replace(it.media[0], blob=theirs)
        await tx.recordings.put_media(it.account, it.id, wrong)
    await checked(here)
    assert (await now(here)).damage is Damage.ELSEWHERE
    with pytest.raises(Quarantined):
        await heard(here, Form.ORIGINAL)
