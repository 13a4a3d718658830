"""Analyses: made once in the background, kept, searched, and gone with what they tell of."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from assembly import Assembly, assembled, engine
from clocks import Clock
from dictabelt.app import listener
from dictabelt.core.analyses import MOST
from dictabelt.core.analysis import Drawing, Heard
from dictabelt.core.errors import Forbidden, NotFound, NotReady
from dictabelt.core.findings import Finding
from dictabelt.core.ingest import Upload
from dictabelt.core.media import Signal
from dictabelt.core.nouns import Known, Principal, Recording, Scope
from dictabelt.core.search import Search, Window
from gated import Gated
from sounds import NOT_AUDIO, chunks, silence, tone
from stocked import Stock


async def added(here: Assembly, data: bytes, known: Known | None = None) -> Recording:
    upload = Upload(chunks(data), name="more.wav")
    return (await here.vault.ingest.add(here.ours.owner, upload, known or Known())).recording


async def found(here: Assembly, finding: Finding) -> list[Recording]:
    search = Search(finding=finding)
    page = await here.vault.recordings.find(here.ours.owner, search, window=Window(100))
    return list(page.items)


async def test_what_came_is_listened_to_in_the_background(here: Assembly) -> None:
    call = await added(here, tone(3, 700, 800))
    with pytest.raises(NotReady, match="not been listened to"):
        await here.vault.analyses.get(here.ours.owner, call.id)
    await listener(here.vault).drain()
    analysis = await here.vault.analyses.get(here.ours.owner, call.id)
    assert analysis.findings is not None
    assert len(analysis.findings.talk) == 2
    assert (analysis.media, analysis.fault) == (call.media[0].id, None)
    assert analysis.peaks in await here.kept()


async def test_silence_is_found_by_search_and_other_recordings_are_not(
    here: Assembly,
) -> None:
    before = {it.id for it in await found(here, Finding.SILENT)}
    silent = await added(here, silence(20))
    await listener(here.vault).drain()
    assert {it.id for it in await found(here, Finding.SILENT)} - before == {silent.id}
    page = await here.vault.recordings.find(
        here.theirs.owner, Search(finding=Finding.SILENT), window=Window(100)
    )
    assert silent.id not in {it.id for it in page.items}


async def test_a_recording_twice_as_long_as_its_call_has_the_wrong_speed(
    here: Assembly,
) -> None:
    started = here.ours.recordings["call"].started_at
    assert started is not None
    known = Known(started_at=started, ended_at=started + timedelta(seconds=30))
    wrong = await added(here, tone(60, 440), known)
    right = await added(here, tone(30.1, 450), known)
    await listener(here.vault).drain()
    assert [it.id for it in await found(here, Finding.WRONG_SPEED)] == [wrong.id]
    said = await here.vault.analyses.get(here.ours.owner, right.id)
    assert said.findings is not None
    assert said.findings.speed == pytest.approx(1.0, abs=0.01)


async def test_a_length_taken_from_the_audio_is_not_compared_with_it(here: Assembly) -> None:
    started = here.ours.recordings["call"].started_at
    alone = await added(here, tone(3, 470), Known(started_at=started))
    assert alone.ended_at is not None
    await listener(here.vault).drain()
    said = (await here.vault.analyses.get(here.ours.owner, alone.id)).findings
    assert said is not None
    assert said.speed is None


async def test_audio_measured_before_places_were_is_measured_again(here: Assembly) -> None:
    old = await added(here, tone(3, 480))
    media = old.media[0]
    assert media.signal is not None
    unplaced = replace(media, signal=replace(media.signal, offset=None))
    async with here.db.write() as tx:
        await tx.recordings.put_media(old.account, old.id, unplaced)
    await listener(here.vault).drain()
    again = await here.vault.recordings.get(here.ours.owner, old.id)
    assert again.media[0] == media


async def test_peaks_come_in_every_zoom_and_form(here: Assembly) -> None:
    call = here.ours.recordings["call"]
    get = here.vault.analyses.peaks
    fine = await get(here.ours.owner, call.id, Drawing(zoom=1, bits=16, as_json=False))
    coarse = await get(here.ours.owner, call.id, Drawing(zoom=4, bits=16, as_json=False))
    text = await get(here.ours.owner, call.id, Drawing(zoom=1, bits=8, as_json=True))
    assert len(fine) > 3 * len(coarse)
    assert text.startswith(b'{"version":2,"channels":2,"sample_rate":8000')


async def test_doing_it_twice_changes_nothing_but_the_instant(here: Assembly, clock: Clock) -> None:
    call, kept = here.ours.recordings["call"], await here.kept()
    first = await here.vault.analyses.get(here.ours.owner, call.id)
    async with here.db.write() as tx:
        from dictabelt.core.analyses import analyse_later

        await analyse_later(tx, call.account, call.id, media=call.media[0])
    await listener(here.vault).drain()
    second = await here.vault.analyses.get(here.ours.owner, call.id)
    assert replace(second, made_at=first.made_at, peaks=first.peaks) == first
    assert len(await here.kept()) == len(kept)
    assert first.peaks not in await here.kept()


async def test_a_deleted_recording_takes_its_analysis_along(here: Assembly) -> None:
    silent = await added(here, silence(21))
    await listener(here.vault).drain()
    peaks = (await here.vault.analyses.get(here.ours.owner, silent.id)).peaks
    await here.vault.recordings.delete(here.ours.owner, silent.id)
    assert peaks not in await here.kept()
    assert silent.id not in {it.id for it in await found(here, Finding.SILENT)}
    with pytest.raises(NotFound):
        await here.vault.analyses.get(here.ours.owner, silent.id)


async def test_what_is_deleted_before_anybody_listens_leaves_nothing(here: Assembly) -> None:
    kept = await here.kept()
    gone = await added(here, silence(22))
    await here.vault.recordings.delete(here.ours.owner, gone.id)
    await listener(here.vault).drain()
    assert kept <= await here.kept()
    async with here.db.read() as tx:
        assert await tx.analyses.get(gone.account, gone.media[0].id) is None


async def test_a_file_that_is_gone_ends_the_job_with_a_reason(here: Assembly) -> None:
    call, other = await added(here, tone(3, 700, 800)), await added(here, tone(3, 710))
    await here.blobs.delete(str(call.media[0].blob))
    assert await listener(here.vault).drain() == 2
    said = await here.vault.analyses.get(here.ours.owner, call.id)
    assert (said.findings, said.peaks) == (None, None)
    assert said.fault is not None
    with pytest.raises(NotReady, match="cannot be drawn"):
        await here.vault.analyses.peaks(here.ours.owner, call.id, Drawing())
    assert (await here.vault.analyses.get(here.ours.owner, other.id)).findings


async def test_what_cannot_be_heard_is_not_listened_to(here: Assembly) -> None:
    bad = await added(here, NOT_AUDIO + b"more")
    assert await listener(here.vault).drain() == 0
    with pytest.raises(NotReady):
        await here.vault.analyses.get(here.ours.owner, bad.id)


async def test_only_readers_of_the_account_hear_of_it(here: Assembly) -> None:
    call = here.ours.recordings["call"]
    writer = Principal(here.ours.account.id, frozenset({Scope.WRITE, Scope.ADMIN}))
    with pytest.raises(Forbidden):
        await here.vault.analyses.get(writer, call.id)
    with pytest.raises(NotFound):
        await here.vault.analyses.get(here.theirs.owner, call.id)


async def test_an_analyser_that_fails_is_tried_again(
    stocked: Stock, tmp_path: Path, clock: Clock
) -> None:
    class Flaky(Gated):
        broken = True

        def analyse(self, path: Path, signal: Signal, *, expected_seconds: float | None) -> Heard:
            if self.broken:
                raise MemoryError
            return super().analyse(path, signal, expected_seconds=expected_seconds)

    audio = Flaky(engine())
    async with assembled(stocked, tmp_path / "data", audio=audio, clock=clock) as here:
        call = await added(here, tone(3, 700, 800))
        assert await listener(here.vault).drain() == 1
        with pytest.raises(NotReady):
            await here.vault.analyses.get(here.ours.owner, call.id)
        assert await listener(here.vault).drain() == 0
        audio.broken = False
        clock.forward(timedelta(days=1))
        assert await listener(here.vault).drain() == 1
        assert (await here.vault.analyses.get(here.ours.owner, call.id)).findings


async def test_an_analyser_that_always_fails_ends_the_job_with_a_reason(
    stocked: Stock, tmp_path: Path, clock: Clock
) -> None:
    class Broken(Gated):
        def analyse(self, path: Path, signal: Signal, *, expected_seconds: float | None) -> Heard:
            raise MemoryError

    async with assembled(stocked, tmp_path / "data", audio=Broken(engine()), clock=clock) as here:
        call = await added(here, tone(3, 700, 800))
        for _ in range(MOST + 1):
            assert await listener(here.vault).drain() == 1
            clock.forward(timedelta(days=1))
        assert await listener(here.vault).drain() == 0
        said = await here.vault.analyses.get(here.ours.owner, call.id)
        assert said.fault == f"listening failed {MOST} times"
