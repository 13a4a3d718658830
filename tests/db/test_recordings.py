"""Recordings with their call and media in a real database."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from db.samples import call, digest, keep, media, minutes, recording, rendition
from dictabelt.core.errors import Conflict, Invalid, NotFound
from dictabelt.core.ids import AccountId, CallId, RecordingId, TranscriptionId
from dictabelt.core.media import Kind, MediaState, Signal
from dictabelt.core.nouns import Call, Leg, Origin, Recording, Source, State, Track, Trim
from dictabelt.core.ports import Database
from dictabelt.core.search import Search, Window


async def found(database: Database, it: Recording) -> Recording | None:
    async with database.read() as view:
        return await view.recordings.get(it.account, it.id)


async def test_a_recording_comes_with_its_call_and_its_media_in_order(
    database: Database, ours: AccountId
) -> None:
    files = tuple(media(name=f"{number}.wav") for number in range(5))
    whole = recording(ours, call=call(ours, vendor_id="CA1"), media=files)
    other = recording(ours, call=call(ours, vendor_id="CA2"), media=(media(),))
    await keep(database, whole, other)
    assert await found(database, whole) == whole


async def test_a_rivals_and_an_unknown_recording_look_alike(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    foreign = recording(theirs, call=call(theirs), media=(media(sha256=digest("x")),))
    await keep(database, foreign)
    assert foreign.call is not None
    async with database.read() as view:
        assert await view.recordings.get(ours, foreign.id) is None
        assert await view.recordings.get(ours, RecordingId(uuid4())) is None
        assert await view.recordings.of_call(ours, foreign.call.id) == []
        assert await view.recordings.of_source(ours, foreign.source_id) == []
        assert await view.recordings.with_sha256(ours, digest("x")) is None
        assert await view.recordings.newest(ours, 10, None) == []
        assert await view.recordings.newest(ours, 10, foreign.id) == []


async def test_a_deleted_recording_is_nowhere(database: Database, ours: AccountId) -> None:
    gone = recording(ours, call=call(ours), media=(media(sha256=digest("x")),))
    await keep(database, gone)
    assert gone.call is not None
    async with database.write() as tx:
        await tx.recordings.put(ours, gone.deleted(minutes(1)))
    async with database.read() as view:
        assert await view.recordings.get(ours, gone.id) is None
        assert await view.recordings.of_call(ours, gone.call.id) == []
        assert await view.recordings.of_source(ours, gone.source_id) == []
        assert await view.recordings.with_sha256(ours, digest("x")) is None
        assert await view.recordings.newest(ours, 10, None) == []


async def test_a_deleted_recording_is_there_for_who_looks_back_far_enough(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    live, gone = recording(ours, media=(media(),)), recording(ours, call=call(ours))
    foreign = recording(theirs)
    await keep(database, live, gone, foreign)
    async with database.write() as tx:
        await tx.recordings.put(ours, gone.deleted(minutes(1)))
        await tx.recordings.put(theirs, foreign.deleted(minutes(1)))
    async with database.read() as view:
        assert await view.recordings.get(ours, gone.id, minutes(1)) == gone.deleted(minutes(1))
        after = minutes(1) + timedelta(microseconds=1)
        assert await view.recordings.get(ours, gone.id, after) is None
        assert await view.recordings.get(ours, live.id, after) == live
        assert await view.recordings.get(ours, foreign.id, minutes(1)) is None


async def test_a_deleted_recording_does_not_change_any_more(
    database: Database, ours: AccountId
) -> None:
    gone = recording(ours, media=(media(),))
    await keep(database, gone)
    async with database.write() as tx:
        await tx.recordings.put(ours, gone.deleted(minutes(1)))
        for it in (gone.media[0], media()):
            with pytest.raises(NotFound):
                await tx.recordings.put_media(ours, gone.id, it)
        with pytest.raises(NotFound):
            await tx.recordings.put(ours, gone)
    assert await found(database, gone) is None


async def test_the_recordings_of_a_call_come_newest_first(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    one = call(ours)
    first, second, third = (
        recording(ours, call=one, created_at=minutes(count), media=(media(), media()))
        for count in (1, 2, 3)
    )
    same_id = call(theirs, id=one.id)
    await keep(
        database,
        *(second, first, third),
        recording(ours, call=call(ours)),
        recording(ours),
        recording(theirs, call=same_id),
    )
    async with database.read() as view:
        assert await view.recordings.of_call(ours, one.id) == [third, second, first]
        assert await view.recordings.of_call(ours, CallId(uuid4())) == []


async def test_the_recordings_of_a_source_are_those_of_a_call_a_conference_or_itself(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    conference, one = uuid4(), call(ours)
    met = {"source": Source.CONFERENCE, "conference": conference}
    early, late = (recording(ours, created_at=minutes(count), **met) for count in (1, 2))
    of_call, alone = recording(ours, call=one), recording(ours)
    await keep(database, early, late, of_call, alone, recording(theirs, **met))
    async with database.read() as view:
        assert await view.recordings.of_source(ours, conference) == [late, early]
        assert await view.recordings.of_source(ours, one.id) == [of_call]
        assert await view.recordings.of_source(ours, alone.id) == [alone]


async def test_the_oldest_recording_of_the_same_bytes_is_found(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    def holding(owner: AccountId, count: int) -> Recording:
        files = (media(), media(sha256=digest("same")))
        return recording(owner, created_at=minutes(count), media=files)

    foreign, gone = holding(theirs, 0), holding(ours, 0)
    late, early = holding(ours, 2), holding(ours, 1)
    await keep(database, foreign, gone, late, early)
    async with database.write() as tx:
        await tx.recordings.put(ours, gone.deleted(minutes(3)))
    async with database.read() as view:
        assert await view.recordings.with_sha256(ours, digest("same")) == early
        assert await view.recordings.with_sha256(ours, digest("other")) is None


async def test_pages_run_from_newest_to_oldest_without_gap_or_repeat(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    # three to an instant, so that a page ends among equals
    own = [
        recording(ours, created_at=minutes(n // 3), media=(media(),) * (n % 2)) for n in range(9)
    ]
    foreign = [recording(theirs, created_at=minutes(n)) for n in range(3)]
    await keep(database, *own, *foreign)
    ordered = sorted(own, key=lambda it: (it.created_at, it.id.int), reverse=True)
    pages: list[list[Recording]] = []
    async with database.read() as view:
        last = None
        while len(pages) < 9 and (page := await view.recordings.newest(ours, 2, last)):
            pages.append(page)
            last = page[-1].id
    assert [it for page in pages for it in page] == ordered
    assert [len(page) for page in pages] == [2, 2, 2, 2, 1]


async def test_a_page_goes_on_behind_a_recording_deleted_meanwhile(
    database: Database, ours: AccountId
) -> None:
    old, middle, new = (recording(ours, created_at=minutes(count)) for count in (1, 2, 3))
    await keep(database, old, middle, new)
    async with database.write() as tx:
        await tx.recordings.put(ours, middle.deleted(minutes(4)))
    async with database.read() as view:
        assert await view.recordings.newest(ours, 10, middle.id) == [old]


def everything_else(before: Recording, call: Call) -> Recording:
    """The same recording with another value wherever one may change."""
    return Recording(
        id=before.id,
        account=before.account,
        source=Source.CONFERENCE,
        origin=Origin.TRUNKING,
        leg=Leg.SIP,
        state=State.FAILED,
        created_at=before.created_at,
        updated_at=minutes(1),
        call=call,
        conference=uuid4(),
        started_at=minutes(2),
        ended_at=minutes(3),
        duration_ms=4,
        channels=5,
        track=Track.INBOUND,
        trim=Trim.TRIM_SILENCE,
        price="6.0",
        price_unit="EUR",
        error_code="7",
        transcription=True,
        name="eight",
        metadata={"nine": 9},
        device_id="ten",
        end_user_id="eleven",
        extras={"laml": {"twelve": None}},
        media=before.media,
        hold=True,
        tags=("thirteen", "fourteen"),
        transcript=TranscriptionId(uuid4()),
    )


async def test_put_changes_everything_but_the_media_and_the_creation(
    database: Database, ours: AccountId
) -> None:
    before, other = recording(ours, media=(media(),)), recording(ours)
    late_call = call(ours)
    await keep(database, before, other)
    after = everything_else(before, late_call)
    async with database.write() as tx:
        await tx.calls.add(ours, late_call)
        wrong = replace(after, created_at=minutes(9), media=())
        await tx.recordings.put(ours, wrong)
    assert await found(database, before) == after
    assert await found(database, other) == other
    async with database.read() as view:
        assert await view.recordings.of_source(ours, after.source_id) == [after]


async def test_put_of_a_rivals_or_an_unknown_recording_finds_nothing(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    foreign = recording(theirs)
    await keep(database, foreign)
    async with database.write() as tx:
        for it in (replace(foreign, account=ours, name="mine"), recording(ours)):
            with pytest.raises(NotFound):
                await tx.recordings.put(ours, it)
        with pytest.raises(NotFound):
            await tx.recordings.put_media(ours, foreign.id, media())
        with pytest.raises(ValueError, match="another account"):
            await tx.recordings.put(ours, foreign)
        with pytest.raises(ValueError, match="another account"):
            await tx.recordings.add(ours, recording(theirs))
    assert await found(database, foreign) == foreign


async def test_a_media_is_changed_in_its_place_or_put_behind_the_others(
    database: Database, ours: AccountId
) -> None:
    first, second = media(state=MediaState.PENDING), media(kind=Kind.IMAGE)
    whole, other = recording(ours, media=(first, second)), recording(ours, media=(media(),))
    await keep(database, whole, other)
    filled = replace(
        first,
        kind=Kind.VIDEO,
        content_type="audio/mpeg",
        state=MediaState.UNREADABLE,
        name="a.mp3",
        size=1,
        sha256=digest("a"),
        blob="b",
        captured_at=minutes(1),
        signal=Signal("mp3", "mp3", 8000, 1, 80, False),
        fault="not audio",
    )
    third = media()
    async with database.write() as tx:
        await tx.recordings.put_media(ours, whole.id, filled)
        await tx.recordings.put_media(ours, whole.id, third)
    assert await found(database, whole) == replace(whole, media=(filled, second, third))
    assert await found(database, other) == other


async def test_a_media_stays_with_its_recording(database: Database, ours: AccountId) -> None:
    one, two = recording(ours, media=(media(),)), recording(ours)
    await keep(database, one, two)
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.recordings.put_media(ours, two.id, one.media[0])
    assert await found(database, one) == one
    assert await found(database, two) == two


async def test_a_recording_is_added_once_and_only_beside_a_call_of_its_account(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    it, foreign = recording(ours), recording(theirs, call=call(theirs))
    await keep(database, it, foreign)
    for wrong in (it, recording(ours, call=foreign.call), recording(ours, call=call(ours))):
        with pytest.raises(Conflict):
            async with database.write() as tx:
                await tx.recordings.add(ours, wrong)
    async with database.read() as view:
        assert await view.recordings.newest(ours, 10, None) == [it]


async def test_a_recording_is_found_by_the_tags_that_it_has_now(
    database: Database, ours: AccountId
) -> None:
    before, other = recording(ours, tags=("b", "a", "b")), recording(ours, tags=("a",))
    await keep(database, before, other)
    assert await found(database, before) == before
    after = replace(before, tags=("b", "c"))
    async with database.write() as tx:
        await tx.recordings.put(ours, after)
    assert await found(database, before) == after
    for tag, bearing in {"a": [other], "b": [after], "c": [after], "d": []}.items():
        assert await tagged(database, ours, tag) == bearing


async def tagged(database: Database, owner: AccountId, tag: str) -> list[Recording]:
    async with database.read() as view:
        return list((await view.recordings.find(owner, Search(tag=tag), Window(9))).items)


async def test_a_put_that_finds_nothing_leaves_the_tags(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    foreign = recording(theirs, tags=("a",))
    gone = recording(ours, tags=("a",)).deleted(minutes(1))
    await keep(database, foreign, replace(gone, deleted_at=None))
    async with database.write() as tx:
        await tx.recordings.put(ours, gone)
        for it in (replace(foreign, account=ours, tags=("b",)), replace(gone, tags=("b",))):
            with pytest.raises(NotFound):
                await tx.recordings.put(ours, it)
    assert await tagged(database, theirs, "a") == [foreign]
    assert await tagged(database, ours, "b") == []


async def test_a_tag_that_is_not_unicode_is_refused(database: Database, ours: AccountId) -> None:
    with pytest.raises(Invalid):
        async with database.write() as tx:
            await tx.recordings.add(ours, recording(ours, tags=("\ud800",)))


async def test_forgetting_the_media_leaves_the_recording_and_every_other_media(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    bare, other = (
        recording(ours, media=(media(), media())),
        recording(ours, media=(media(),)),
    )
    foreign = recording(theirs, id=bare.id, media=(media(),))
    await keep(database, bare, other, foreign)
    async with database.write() as tx:
        await tx.recordings.forget_media(ours, bare.id)
        await tx.recordings.forget_media(ours, bare.id)
        await tx.recordings.forget_media(ours, RecordingId(uuid4()))
    assert await found(database, bare) == replace(bare, media=())
    assert await found(database, other) == other
    assert await found(database, foreign) == foreign
    late = media()
    async with database.write() as tx:
        await tx.recordings.put_media(ours, bare.id, late)
    assert await found(database, bare) == replace(bare, media=(late,))


async def test_a_media_with_renditions_is_not_forgotten(
    database: Database, ours: AccountId
) -> None:
    it = recording(ours, media=(media(),))
    await keep(database, it)
    async with database.write() as tx:
        await tx.renditions.put(ours, rendition(it.media[0]))
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.recordings.forget_media(ours, it.id)
    assert await found(database, it) == it
