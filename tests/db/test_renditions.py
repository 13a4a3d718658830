"""Stored renditions in a real database."""

import pytest

from db.samples import keep, media, minutes, recording, rendition
from dictabelt.core.errors import Conflict
from dictabelt.core.ids import AccountId
from dictabelt.core.media import Form, Media, Variant
from dictabelt.core.ports import Database


async def kept_media(database: Database, owner: AccountId) -> Media:
    it = media()
    await keep(database, recording(owner, media=(it,)))
    return it


async def test_a_rendition_is_found_by_media_and_form(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    it, other = await kept_media(database, ours), await kept_media(database, ours)
    foreign = await kept_media(database, theirs)
    mp3, wav = rendition(it, encoder="lame 4"), rendition(it, variant=Variant(Form.WAV))
    async with database.write() as tx:
        await tx.renditions.put(ours, mp3)
        await tx.renditions.put(ours, wav)
        await tx.renditions.put(ours, rendition(other))
        await tx.renditions.put(theirs, rendition(foreign))
    async with database.read() as view:
        assert await view.renditions.get(ours, it.id, Variant(Form.MP3)) == mp3
        assert await view.renditions.get(ours, it.id, Variant(Form.ORIGINAL)) is None
        assert await view.renditions.of(ours, it.id) == [mp3, wav]
        assert await view.renditions.get(ours, foreign.id, Variant(Form.MP3)) is None
        assert await view.renditions.of(ours, foreign.id) == []


async def test_a_rendition_takes_the_place_of_the_one_before(
    database: Database, ours: AccountId
) -> None:
    it = await kept_media(database, ours)
    wav = rendition(it, variant=Variant(Form.WAV))
    changes = {"size": 1, "sha256": "ff", "etag": "ff", "blob": "b", "content_type": "c"}
    better = rendition(it, **changes, encoder="lame 5")
    async with database.write() as tx:
        for each in (rendition(it), wav, better):
            await tx.renditions.put(ours, each)
    async with database.read() as view:
        assert await view.renditions.of(ours, it.id) == [better, wav]


async def test_a_media_forgets_its_own_renditions_alone(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    it, other = await kept_media(database, ours), await kept_media(database, ours)
    foreign = await kept_media(database, theirs)
    async with database.write() as tx:
        await tx.renditions.put(ours, rendition(it))
        await tx.renditions.put(ours, rendition(it, variant=Variant(Form.WAV)))
        await tx.renditions.put(ours, rendition(other))
        await tx.renditions.put(theirs, rendition(foreign))
        await tx.renditions.forget(ours, it.id)
        await tx.renditions.forget(ours, foreign.id)
    async with database.read() as view:
        assert await view.renditions.of(ours, it.id) == []
        assert await view.renditions.of(ours, other.id) == [rendition(other)]
        assert await view.renditions.of(theirs, foreign.id) == [rendition(foreign)]


async def test_renditions_of_a_rivals_media_are_refused(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    foreign = await kept_media(database, theirs)
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.renditions.put(ours, rendition(foreign))


async def test_renditions_of_a_deleted_recording_can_still_be_cleared_away(
    database: Database, ours: AccountId
) -> None:
    it = media()
    whole = recording(ours, media=(it,))
    await keep(database, whole)
    async with database.write() as tx:
        await tx.renditions.put(ours, rendition(it))
        await tx.recordings.put(ours, whole.deleted(minutes(1)))
        assert await tx.renditions.of(ours, it.id) == [rendition(it)]
        await tx.renditions.forget(ours, it.id)
        assert await tx.renditions.of(ours, it.id) == []
