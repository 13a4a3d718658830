"""Ingest: bytes before the row, nothing lost, nothing twice, nothing half."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from assembly import Assembly, assembled, engine
from clocks import Clock
from dictabelt.core.errors import Conflict, Forbidden, NotFound, StorageFailed
from dictabelt.core.ids import RecordingId
from dictabelt.core.ingest import Upload, with_media
from dictabelt.core.media import Form, Kind, MediaState
from dictabelt.core.nouns import (
    Direction,
    Known,
    Leg,
    Origin,
    Party,
    Principal,
    Scope,
    Source,
    State,
    Track,
)
from dictabelt.core.recordings import found
from samples import bare_recording
from samples import media as media_sample
from samples import signal as signal_sample
from sounds import NOT_AUDIO, PICTURE, chunks, tone
from stocked import Stock

STARTED = datetime(2026, 3, 3, 9, 14, 7, 482_913, tzinfo=UTC)
SOUND = tone(1.25, 700, 900)


def upload(data: bytes = SOUND, **changes: Any) -> Upload:
    return replace(Upload(chunks(data), name="a.wav"), **changes)


async def content(here: Assembly, key: str | None) -> bytes:
    blob = await here.blobs.open(str(key))
    try:
        return await blob.read(0, blob.size)
    finally:
        await blob.close()


@pytest.mark.usefixtures("rows_in_folder")
async def test_what_was_acknowledged_is_there_after_a_restart(
    stocked: Stock, tmp_path: Path
) -> None:
    async with assembled(stocked, tmp_path / "data") as here:
        added = await here.vault.ingest.add(here.ours.owner, upload(), Known(call_id="c-1"))
    again = replace(stocked, folder=tmp_path / "data")
    async with assembled(again, tmp_path / "later") as later:
        recording = await later.vault.recordings.get(stocked.ours.owner, added.recording.id)
        assert recording == added.recording
        assert await content(later, recording.media[0].blob) == SOUND


async def test_a_recording_says_what_decoding_showed(here: Assembly, clock: Clock) -> None:
    known = Known(call_id="c-1", started_at=STARTED)
    recording = (await here.vault.ingest.add(here.ours.owner, upload(), known)).recording
    media = recording.media[0]
    assert (recording.state, recording.duration_ms, recording.channels) == (
        State.AVAILABLE,
        1_250,
        2,
    )
    assert recording.ended_at == STARTED + timedelta(seconds=1.25)
    assert (recording.created_at, media.created_at) == (clock.now, clock.now)
    assert (media.size, media.sha256) == (len(SOUND), sha256(SOUND).hexdigest())
    assert (media.content_type, media.state) == ("audio/wav", MediaState.UPLOADED)
    assert media.name == "a.wav"


async def test_a_recording_keeps_what_was_known_of_its_call(here: Assembly) -> None:
    known = Known(
        call_id="c-1",
        direction=Direction.OUTBOUND,
        caller=Party("+442079460100"),
        callee=Party("sip:a@example.com", type=Leg.SIP),
        origin=Origin.DIAL_VERB,
        leg=Leg.SIP,
        started_at=STARTED,
        track=Track.INBOUND,
        price="0.0140",
        price_unit="USD",
        name="Blood results",
        metadata={"department": "laboratory"},
        device_id="dev_1",
        end_user_id="eu_1",
    )
    added = (await here.vault.ingest.add(here.ours.owner, upload(), known)).recording
    kept = await here.vault.recordings.get(here.ours.owner, added.id)
    assert kept == added
    assert kept.call is not None
    for name in ("direction", "caller", "callee", "started_at"):
        assert getattr(kept.call, name) == getattr(known, name)
    for name in ("origin", "leg", "track", "price", "price_unit", "name", "metadata"):
        assert getattr(kept, name) == getattr(known, name)
    assert (kept.device_id, kept.end_user_id) == ("dev_1", "eu_1")
    assert kept.conference is None


async def test_a_conference_has_an_id_and_no_call(here: Assembly) -> None:
    known = Known(source=Source.CONFERENCE, call_id="c-1")
    recording = (await here.vault.ingest.add(here.ours.owner, upload(), known)).recording
    assert recording.call is None
    assert recording.conference is not None
    assert recording.source_id == recording.conference


async def test_recordings_of_one_call_share_it_within_the_account(here: Assembly) -> None:
    def of(data: bytes) -> tuple[Upload, Known]:
        return upload(data), Known(call_id="c-1")

    add, owner = here.vault.ingest.add, here.ours.owner
    first = (await add(owner, *of(tone(0.1, 300)))).recording
    second = (await add(owner, *of(tone(0.1, 400)))).recording
    foreign = (await add(here.theirs.owner, *of(tone(0.1, 300)))).recording
    assert first.call == second.call
    assert foreign.source_id != first.source_id


async def test_a_recording_of_no_known_call_has_a_call_of_its_own(here: Assembly) -> None:
    add, owner = here.vault.ingest.add, here.ours.owner
    first = (await add(owner, upload(tone(0.1, 300)), Known())).recording
    second = (await add(owner, upload(tone(0.1, 400)), Known())).recording
    assert first.source_id != second.source_id


async def test_the_same_bytes_are_kept_once_and_told_apart_by_account(here: Assembly) -> None:
    add, owner = here.vault.ingest.add, here.ours.owner
    first = await add(owner, upload(), Known(call_id="c-1"))
    kept, listed = await here.kept(), await here.vault.recordings.newest(owner, limit=100)
    second = await add(owner, upload(), Known(call_id="c-2"))
    assert (first.duplicate, second.duplicate) == (False, True)
    assert second.recording == first.recording
    assert await here.kept() == kept
    assert await here.vault.recordings.newest(owner, limit=100) == listed
    foreign = await add(here.theirs.owner, upload(), Known())
    assert not foreign.duplicate
    assert foreign.recording.id != first.recording.id


async def test_bytes_whose_recording_was_deleted_are_taken_anew(here: Assembly) -> None:
    owner = here.ours.owner
    first = (await here.vault.ingest.add(owner, upload(), Known())).recording
    await here.vault.recordings.delete(owner, first.id)
    second = await here.vault.ingest.add(owner, upload(), Known())
    assert not second.duplicate
    assert await content(here, second.recording.media[0].blob) == SOUND


async def test_what_cannot_be_decoded_is_kept_as_failed_with_the_reason(here: Assembly) -> None:
    data = NOT_AUDIO + b"!"
    added = await here.vault.ingest.add(here.ours.owner, upload(data), Known())
    recording, media = added.recording, added.recording.media[0]
    assert (recording.state, recording.error_code) == (State.FAILED, "unreadable_audio")
    assert (recording.duration_ms, recording.channels) == (None, None)
    assert media.state is MediaState.UNREADABLE
    assert media.fault
    assert media.content_type == "application/octet-stream"
    rescued = await here.vault.renditions.rescue(here.ours.owner, recording.id)
    assert await content(here, rescued.rendition.blob) == data


async def test_a_second_audio_and_a_picture_join_a_recording_and_change_nothing_else(
    here: Assembly, clock: Clock
) -> None:
    attach, owner = here.vault.ingest.attach, here.ours.owner
    call = here.ours.recordings["call"]
    more = await attach(owner, call.id, upload(tone(0.5, 300)))
    at = clock.now - timedelta(hours=1)
    picture = upload(PICTURE, content_type="image/jpeg", kind=Kind.IMAGE, captured_at=at)
    most = await attach(owner, call.id, picture)
    assert most == await here.vault.recordings.get(owner, call.id)
    assert most.media[0] == call.media[0]
    assert most.media[1] == more.media[1]
    shot = most.media[2]
    assert (shot.kind, shot.content_type, shot.signal) == (Kind.IMAGE, "image/jpeg", None)
    assert (shot.state, shot.captured_at) == (MediaState.UPLOADED, at)
    unchanged = replace(most, media=call.media, updated_at=call.updated_at)
    assert unchanged == call
    assert most.updated_at == clock.now


@pytest.mark.parametrize("data", [SOUND, NOT_AUDIO + b"?"], ids=["sound", "no sound"])
async def test_the_first_audio_ends_a_recording_in_progress(data: bytes, here: Assembly) -> None:
    owner = here.ours.owner
    begun = await here.vault.ingest.begin(owner, Known(started_at=STARTED), State.IN_PROGRESS)
    assert (begun.state, begun.media) == (State.IN_PROGRESS, ())
    picture = upload(PICTURE, content_type="image/jpeg", kind=Kind.IMAGE)
    still = await here.vault.ingest.attach(owner, begun.id, picture)
    assert still.state is State.IN_PROGRESS
    done = await here.vault.ingest.attach(owner, begun.id, upload(data))
    assert done.state is (State.AVAILABLE if data == SOUND else State.FAILED)
    assert done == await here.vault.recordings.get(owner, begun.id)


async def test_an_unreadable_second_audio_leaves_the_recording_playable(here: Assembly) -> None:
    call = here.ours.recordings["call"]
    joined = await here.vault.ingest.attach(here.ours.owner, call.id, upload(NOT_AUDIO + b"."))
    assert (joined.state, joined.duration_ms) == (State.AVAILABLE, call.duration_ms)
    assert joined.media[1].state is MediaState.UNREADABLE


@pytest.mark.parametrize("which", ["foreign", "deleted", "unknown"])
async def test_nothing_is_attached_to_what_is_not_there(which: str, here: Assembly) -> None:
    kept = await here.kept()
    id = {
        "foreign": here.theirs.recordings["call"].id,
        "deleted": here.ours.recordings["deleted"].id,
        "unknown": RecordingId(uuid4()),
    }[which]
    with pytest.raises(NotFound):
        await here.vault.ingest.attach(here.ours.owner, id, upload())
    assert await here.kept() == kept


async def test_an_upload_to_a_recording_that_is_deleted_meanwhile_leaves_no_bytes(
    here: Assembly,
) -> None:
    call, kept = here.ours.recordings["call"], await here.kept()
    own = await here.blobs_of(call)

    async def deleting() -> AsyncIterator[bytes]:
        yield SOUND[:1_000]
        await here.vault.recordings.delete(here.ours.owner, call.id)
        yield SOUND[1_000:]

    with pytest.raises(Conflict):
        await here.vault.ingest.attach(here.ours.owner, call.id, Upload(deleting()))
    assert await here.kept() == kept - own


async def test_an_upload_that_breaks_off_leaves_nothing(here: Assembly) -> None:
    kept = await here.kept()
    before = await here.vault.recordings.newest(here.ours.owner, limit=100)

    async def broken() -> AsyncIterator[bytes]:
        yield SOUND[:20_000]
        raise StorageFailed("the client hung up")

    with pytest.raises(StorageFailed):
        await here.vault.ingest.add(here.ours.owner, Upload(broken()), Known())
    assert await here.kept() == kept
    assert await here.vault.recordings.newest(here.ours.owner, limit=100) == before


async def test_only_a_key_that_may_write_brings_anything_in(here: Assembly) -> None:
    reader = Principal(here.ours.account.id, frozenset({Scope.READ, Scope.LISTEN}))
    kept = await here.kept()
    for work in (
        here.vault.ingest.add(reader, upload(), Known()),
        here.vault.ingest.begin(reader, Known(), State.QUEUED),
        here.vault.ingest.attach(reader, here.ours.recordings["call"].id, upload()),
    ):
        with pytest.raises(Forbidden):
            await work
    assert await here.kept() == kept


@pytest.mark.parametrize(
    ("container", "said", "right"),
    [
        ("wav", None, "audio/wav"),
        ("mp3", None, "audio/mpeg"),
        ("ogg", None, "audio/ogg"),
        ("flac", None, "audio/flac"),
        ("mov", None, "application/octet-stream"),
        ("wav", "audio/x-wav", "audio/x-wav"),
    ],
)
async def test_the_type_is_what_the_uploader_says_or_else_what_was_decoded(
    container: str, said: str | None, right: str, stocked: Stock, tmp_path: Path
) -> None:
    class Knowing:
        """An audio adapter that is sure of the container."""

        packer = engine().packer

        def probe(self, path: Path) -> object:
            return replace(signal_sample(), container=container)

    async with assembled(stocked, tmp_path / "data", audio=Knowing()) as here:  # type: ignore[arg-type]
        given = upload(content_type=said)
        added = await here.vault.ingest.add(here.ours.owner, given, Known())
        assert added.recording.media[0].content_type == right


def test_what_the_uploader_knows_of_the_end_is_not_overruled() -> None:
    ended = STARTED + timedelta(minutes=9)
    recording = bare_recording(started_at=STARTED, ended_at=ended)
    assert with_media(recording, media_sample(), now=STARTED).ended_at == ended
    unknown = bare_recording(started_at=None, ended_at=None)
    assert with_media(unknown, media_sample(), now=STARTED).ended_at is None


async def test_what_was_found_is_the_callers(here: Assembly) -> None:
    async with here.db.read() as tx:
        for id in (here.theirs.recordings["call"].id, here.ours.recordings["deleted"].id):
            with pytest.raises(NotFound):
                await found(tx, here.ours.owner, id)


async def test_an_unreadable_original_is_rescued_by_the_owner_alone(here: Assembly) -> None:
    failed = here.ours.recordings["failed"]
    reader = Principal(here.ours.account.id, frozenset({Scope.READ, Scope.WRITE}))
    with pytest.raises(Forbidden):
        await here.vault.renditions.rescue(reader, failed.id)
    rescued = await here.vault.renditions.rescue(here.ours.owner, failed.id)
    assert rescued.rendition.form is Form.ORIGINAL
    assert await content(here, rescued.rendition.blob) == NOT_AUDIO
