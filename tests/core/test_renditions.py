"""Renditions: made once, shared by all who wait, given up when nobody does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assembly import Assembly, assembled, engine
from dictabelt.core.errors import Damaged, Forbidden, NotFound, NotReady, StorageFailed, TooBusy
from dictabelt.core.ids import RecordingId
from dictabelt.core.ingest import Upload
from dictabelt.core.limiter import Limiter
from dictabelt.core.media import Form, Signal, Variant
from dictabelt.core.nouns import Known, Principal, Recording, Scope
from dictabelt.core.playable import Playable
from dictabelt.core.ports import Database, Writing
from dictabelt.core.renditions import Renditions
from dictabelt.core.variants import wav_size
from gated import Gated, settled
from hearing import heard
from sounds import chunks, tone, wave_file
from stocked import Stock


@pytest.fixture
def gated() -> Gated:
    return Gated(engine())


@pytest.fixture
async def waiting(stocked: Stock, tmp_path: Path, gated: Gated) -> AsyncIterator[Assembly]:
    """The stock behind an encoder that waits."""
    async with assembled(stocked, tmp_path / "data", audio=gated, encoders=1) as made:
        yield made
        gated.open()
        await settled()


def asked(here: Assembly, which: str = "call", form: Form = Form.FLAC) -> "asyncio.Task[Playable]":
    """A rendition on its way, opened once; FLAC is one that takes an encoder."""
    id = here.ours.recordings[which].id
    return asyncio.create_task(opened(here.vault.renditions, here.ours.owner, id, Variant(form)))


async def opened(them: Renditions, who: Principal, id: RecordingId, wanted: Variant) -> Playable:
    playable = await them.get(who, id, wanted)
    await (await playable.open()).close()
    return playable


async def content(playable: Playable, step: int = 1 << 20) -> bytes:
    """All of it, `step` bytes at most at a time."""
    found = b""
    blob = await playable.open()
    try:
        while piece := await blob.read(len(found), step):
            found += piece
    finally:
        await blob.close()
    return found


async def lying(here: Assembly) -> Recording:
    """A recording of ours whose WAV header lies, so that even WAV takes an encoder."""
    data = bytearray(tone(0.9, 620))
    data[40:44] = b"\0\0\0\0"
    upload = Upload(chunks(bytes(data)), name="lies.wav")
    return (await here.vault.ingest.add(here.ours.owner, upload, Known())).recording


async def test_a_rendition_is_made_once_and_kept(here: Assembly) -> None:
    first = await asked(here)
    data = await content(first)
    await settled()
    kept = await here.kept()
    second = await asked(here)
    assert second.rendition.blob in kept
    assert await content(second) == data
    assert await here.kept() == kept
    assert first.rendition.content_type == "audio/flac"
    assert first.rendition.size in (len(data), None)  # None on a machine that is busy
    assert (second.rendition.size, second.rendition.etag) == (len(data), first.rendition.etag)
    assert (heard(data).seconds, heard(data).channels) == (2.4, 2)


@pytest.mark.parametrize("form", [Form.MP3, Form.WAV])
async def test_pcm_is_heard_without_an_encoder_and_nothing_is_kept(
    form: Form, waiting: Assembly, gated: Gated
) -> None:
    kept = await waiting.kept()
    playable = await asked(waiting, form=form)
    data = await content(playable)
    assert (len(data), heard(data).channels) == (playable.rendition.size, 2)
    assert heard(data).seconds == pytest.approx(2.4, abs=0.05)
    assert await content(playable, step=999) == data
    assert (await waiting.kept(), gated.renders) == (kept, 0)


async def test_an_original_whose_header_is_true_is_served_as_it_is(here: Assembly) -> None:
    kept = await here.kept()
    playable = await asked(here, form=Form.WAV)
    media = here.ours.recordings["call"].media[0]
    assert (playable.rendition.blob, playable.rendition.sha256) == (media.blob, media.sha256)
    assert (playable.rendition.form, playable.rendition.content_type) == (Form.WAV, "audio/wav")
    assert await here.kept() == kept


async def test_an_original_whose_header_lies_is_written_anew(here: Assembly) -> None:
    recording = await lying(here)
    playable = await here.vault.renditions.get(here.ours.owner, recording.id, Variant(Form.WAV))
    assert playable.rendition.blob != recording.media[0].blob
    assert playable.rendition.size == wav_size(recording.media[0])
    assert heard(await content(playable)).seconds == pytest.approx(0.9, abs=0.001)


async def test_the_original_is_given_as_it_came(here: Assembly) -> None:
    recording = await lying(here)
    original = Variant(Form.ORIGINAL)
    playable = await here.vault.renditions.get(here.ours.owner, recording.id, original)
    assert playable.rendition.blob == recording.media[0].blob


@pytest.mark.usefixtures("rows_in_folder")
async def test_another_encoder_makes_it_anew(stocked: Stock, tmp_path: Path) -> None:
    class Renamed(Gated):
        def encoder(self, signal: Signal, form: Form) -> str:
            return f"{super().encoder(signal, form)}/next"

    audio = Renamed(engine())
    audio.open()
    async with assembled(stocked, tmp_path / "data") as here:
        before = await asked(here)
        await settled()
    again = replace(stocked, folder=tmp_path / "data")
    async with assembled(again, tmp_path / "later", audio=audio) as here:
        kept = await here.kept()
        after = await asked(here)
        await settled()
        assert audio.renders == 1
        assert after.rendition.encoder == f"{before.rendition.encoder}/next"
        assert after.rendition.etag != before.rendition.etag
        assert (await asked(here)).rendition.etag == after.rendition.etag
        assert audio.renders == 1
        assert len(await here.kept()) == len(kept)


async def test_two_who_wait_share_one_encoder(waiting: Assembly, gated: Gated) -> None:
    first = asked(waiting)
    await gated.began()
    second = asked(waiting)
    await asyncio.sleep(0)
    gated.open()
    assert (await first).rendition.etag == (await second).rendition.etag
    assert gated.renders == 1


async def test_one_of_two_may_go_and_the_other_still_gets_it(
    waiting: Assembly, gated: Gated
) -> None:
    first = asked(waiting)
    await gated.began()
    second = asked(waiting)
    await turns()
    first.cancel()
    await turns()
    gated.open()
    assert (await second).rendition.etag
    assert first.cancelled()
    assert (gated.renders, gated.failure) == (1, None)


async def turns() -> None:
    """Lets every task that can run do so."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_was_begun_is_kept_though_everybody_has_gone(
    waiting: Assembly, gated: Gated
) -> None:
    tasks = [asked(waiting), asked(waiting)]
    await gated.began()
    for it in tasks:
        it.cancel()
    await turns()
    gated.open()
    await gated.ended()
    await settled()
    assert (await asked(waiting)).rendition.size
    assert (gated.renders, gated.failure) == (1, None)


async def test_a_vault_that_closes_gives_up_what_is_encoded(
    waiting: Assembly, gated: Gated
) -> None:
    kept = await waiting.kept()
    first = asked(waiting)
    await gated.began()
    closing = asyncio.create_task(waiting.vault.renditions.close())
    await turns()
    gated.open()
    await closing
    with pytest.raises(asyncio.CancelledError):
        await first
    assert gated.failure is not None
    assert await waiting.kept() == kept


class Slow:
    """Implements `Database` with another one, whose transactions that write wait at a gate."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.read, self.glance, self.survey = db.read, db.glance, db.survey
        self.wanted, self.gate = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writing]:
        self.wanted.set()
        await self.gate.wait()
        async with self._db.write() as tx:
            yield tx


async def test_what_is_whole_when_the_vault_closes_is_kept_with_its_row(here: Assembly) -> None:
    slow, call = Slow(here.db), here.ours.recordings["call"]
    before = await here.kept()
    closed = Renditions(slow, here.blobs, audio=engine(), limiter=Limiter(1, retry_after=1))
    work = opened(closed, here.ours.owner, call.id, Variant(Form.FLAC))
    first = asyncio.create_task(work)
    await slow.wanted.wait()
    closing = asyncio.create_task(closed.close())
    await turns()
    slow.gate.set()
    await closing
    await first
    assert {(await asked(here)).rendition.blob} == await here.kept() - before


@pytest.mark.parametrize("deleted", ["recording", "media"])
async def test_what_is_deleted_while_it_is_encoded_leaves_no_bytes(
    deleted: str, waiting: Assembly, gated: Gated
) -> None:
    call, kept = waiting.ours.recordings["call"], await waiting.kept()
    own = await waiting.blobs_of(call)
    first = asked(waiting)
    await gated.began()
    recordings = waiting.vault.recordings
    delete = {"recording": recordings.delete, "media": recordings.delete_media}[deleted]
    await delete(waiting.ours.owner, call.id)
    gated.open()
    with suppress(NotFound):  # unless it has got the first bytes by then
        await first
    await settled()
    assert await waiting.kept() == kept - own


async def test_of_two_processes_the_slower_keeps_what_the_faster_made(
    waiting: Assembly, gated: Gated
) -> None:
    slower = asked(waiting)
    await gated.began()
    again = Renditions(waiting.db, waiting.blobs, audio=engine(), limiter=Limiter(1, retry_after=1))
    id, owner = waiting.ours.recordings["call"].id, waiting.ours.owner
    await opened(again, owner, id, Variant(Form.FLAC))
    faster = await again.get(owner, id, Variant(Form.FLAC))
    kept = await waiting.kept()
    assert faster.rendition.blob in kept
    gated.open()
    await slower
    await settled()
    assert await waiting.kept() == kept
    assert (await asked(waiting)).rendition.blob == faster.rendition.blob


async def test_it_is_read_while_it_is_encoded(waiting: Assembly, gated: Gated) -> None:
    data = np.random.default_rng(7).integers(-9000, 9000, 400_000, np.int16).tobytes()
    upload = Upload(chunks(wave_file(data, channels=1, rate=8_000)), name="noise.wav")
    long = (await waiting.vault.ingest.add(waiting.ours.owner, upload, Known())).recording
    playable = await waiting.vault.renditions.get(waiting.ours.owner, long.id, Variant(Form.FLAC))
    assert gated.renders == 0
    reader = await playable.open()
    first = await reader.read(0, 1000)
    assert (first[:4], gated.renders, playable.rendition.size) == (b"fLaC", 1, None)
    gated.open()
    whole = await content(playable)
    assert await reader.read(0, 1000) == whole[:1000]
    await reader.close()
    assert heard(whole).seconds == 50.0


async def test_when_every_encoder_is_at_work_one_is_told_when_to_come_back(
    waiting: Assembly, gated: Gated
) -> None:
    first = asked(waiting)
    await gated.began()
    with pytest.raises(TooBusy) as caught:
        await asked(waiting, "sip")
    assert caught.value.retry_after == 5
    same = asked(waiting)
    await turns()
    gated.open()
    assert (await first).rendition.etag == (await same).rendition.etag
    await settled()
    assert (await asked(waiting, "sip")).rendition.etag


@pytest.mark.parametrize("form", [Form.ORIGINAL, Form.WAV, Form.MP3])
async def test_a_file_that_is_not_as_long_as_it_was_is_never_served(
    here: Assembly, form: Form
) -> None:
    call = here.ours.recordings["call"]
    playable = await asked(here, form=form)
    await here.tamper(str(call.media[0].blob), lambda data: data + b"x")
    with pytest.raises(StorageFailed):
        await playable.open()


async def test_what_needs_no_encoder_does_not_wait_for_one(waiting: Assembly, gated: Gated) -> None:
    first = asked(waiting)
    await gated.began()
    assert (await asked(waiting, "sip", Form.WAV)).rendition.size
    gated.open()
    await first


async def test_an_encoder_that_fails_leaves_no_bytes_and_frees_its_place(
    here: Assembly,
) -> None:
    call, kept = here.ours.recordings["call"], await here.kept()
    await here.blobs.delete(str(call.media[0].blob))
    for _ in range(5):
        with pytest.raises(Damaged):
            await asked(here)
    assert await here.kept() == kept - {str(call.media[0].blob)}
    assert (await asked(here, "sip")).rendition.etag


@pytest.mark.parametrize("form", [Form.WAV, Form.MP3])
async def test_a_picture_has_no_sound(form: Form, here: Assembly) -> None:
    visit = here.ours.recordings["visit"]
    get = here.vault.renditions.get
    with pytest.raises(NotFound):
        await get(here.ours.owner, visit.id, Variant(form), media=visit.media[2].id)
    shot = await get(here.ours.owner, visit.id, Variant(Form.ORIGINAL), media=visit.media[2].id)
    assert shot.rendition.content_type == "image/jpeg"


@pytest.mark.parametrize("form", Form)
async def test_what_cannot_be_played_is_never_given(form: Form, here: Assembly) -> None:
    for which, refusal in (("failed", NotReady), ("in progress", NotFound), ("absent", NotFound)):
        with pytest.raises(refusal):
            await asked(here, which, form)


async def test_only_listeners_and_readers_of_the_account_hear_anything(here: Assembly) -> None:
    get, call = here.vault.renditions.get, here.ours.recordings["call"]
    holder = here.vault.access.holder(here.ours.account.id)
    assert (await get(holder, call.id, Variant(Form.WAV))).rendition.size
    writer = Principal(here.ours.account.id, frozenset({Scope.WRITE, Scope.ADMIN}))
    with pytest.raises(Forbidden):
        await get(writer, call.id, Variant(Form.WAV))
    foreign = here.vault.access.holder(here.theirs.account.id)
    for who in (here.theirs.owner, foreign):
        with pytest.raises(NotFound):
            await get(who, call.id, Variant(Form.WAV))
