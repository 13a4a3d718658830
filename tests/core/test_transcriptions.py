"""Transcriptions: asked for, written, told of, read by their own account alone."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from assembly import Assembly
from clocks import Clock
from dictabelt.core.errors import Conflict, Forbidden, Invalid, NotFound
from dictabelt.core.ids import RecordingId, TranscriptionId
from dictabelt.core.nouns import Principal, Recording, Scope
from dictabelt.core.search import EventSearch, Search, TranscriptSearch, Window
from dictabelt.core.transcript import Segment, TranscriptState
from dictabelt.core.transcriptions import Spoken
from dictabelt.core.webhook import Event, EventType

SECOND = timedelta(seconds=1)
ALL = Window(100)
HELLO = Spoken("en-GB", text="Hello?")
FAILED = Spoken("en-GB", error="nothing but noise")


@pytest.fixture
def call(here: Assembly) -> Recording:
    return here.ours.recordings["call"]


async def told(here: Assembly, it: Recording) -> list[Event]:
    """What happened to its words, oldest first."""
    found = await here.vault.events.find(here.ours.owner, EventSearch(recording=it.id), ALL)
    return [event for event in reversed(found.items) if event.type.startswith("transcription.")]


async def of(here: Assembly, it: Recording) -> Recording:
    return await here.vault.recordings.get(here.ours.owner, it.id)


async def test_a_request_is_a_transcription_without_words_and_the_transcriber_hears_of_it(
    here: Assembly, call: Recording, clock: Clock
) -> None:
    asked = await here.vault.transcriptions.request(here.ours.owner, call.id, "en-GB")
    assert (asked.state, asked.locale, asked.text) == (TranscriptState.ACCEPTED, "en-GB", None)
    assert (asked.recording, asked.duration_ms, asked.channels) == (call.id, 2_400, 2)
    assert (asked.created_at, asked.updated_at) == (clock.now, clock.now)
    assert await here.vault.transcriptions.get(here.ours.owner, asked.id) == asked
    [event] = await told(here, call)
    assert (event.type, event.transcription) == (EventType.TRANSCRIPTION_REQUESTED, asked)
    assert (await of(here, call)).transcript is None


async def test_asking_twice_in_a_locale_is_asking_once(here: Assembly, call: Recording) -> None:
    words, owner = here.vault.transcriptions, here.ours.owner
    first = await words.request(owner, call.id, "en-GB")
    assert await words.request(owner, call.id, "EN-gb") == first
    other = await words.request(owner, call.id, "de-DE")
    assert other.id != first.id
    done = await words.write(owner, call.id, HELLO, id=first.id)
    assert await words.request(owner, call.id, "en-GB") == done
    assert len(await told(here, call)) == 3


async def test_after_a_failure_it_can_be_asked_for_again(
    here: Assembly, call: Recording, clock: Clock
) -> None:
    words, owner = here.vault.transcriptions, here.ours.owner
    first = await words.request(owner, call.id, "en-GB")
    clock.forward(SECOND)
    failed = await words.write(owner, call.id, FAILED, id=first.id)
    assert (failed.state, failed.error) == (TranscriptState.FAILED, "nothing but noise")
    assert (await told(here, call))[-1].type is EventType.TRANSCRIPTION_FAILED
    assert (await of(here, call)).transcript is None
    again = await words.request(owner, call.id, "en-GB")
    assert (again.id != first.id, again.state) == (True, TranscriptState.ACCEPTED)


@pytest.mark.parametrize("which", ["in progress", "absent", "failed"])
async def test_nobody_can_ask_for_the_words_of_what_cannot_be_heard(
    which: str, here: Assembly
) -> None:
    recording = here.ours.recordings[which]
    with pytest.raises(Conflict):
        await here.vault.transcriptions.request(here.ours.owner, recording.id, "en-GB")
    assert await told(here, recording) == []


async def test_words_answer_the_request_that_they_name(
    here: Assembly, call: Recording, clock: Clock
) -> None:
    words, owner = here.vault.transcriptions, here.ours.owner
    asked = await words.request(owner, call.id, "en-GB")
    clock.forward(SECOND)
    said = (Segment(0, 900, "Hello?", channel=1, speaker="Ann"), Segment(900, 2_400, "Hello."))
    spoken = Spoken("en-GB", segments=said, summary="A greeting", price="0.01", price_unit="USD")
    done = await words.write(owner, call.id, spoken, id=asked.id)
    assert done == replace(
        asked,
        state=TranscriptState.AVAILABLE,
        text="Hello? Hello.",
        segments=said,
        summary="A greeting",
        price="0.01",
        price_unit="USD",
        updated_at=clock.now,
    )
    assert await words.get(owner, asked.id) == done
    event = (await told(here, call))[-1]
    assert (event.type, event.transcription) == (EventType.TRANSCRIPTION_COMPLETED, done)
    assert ((await of(here, call)).transcript, event.recording.transcript) == (done.id, done.id)


async def test_words_that_nobody_asked_for_are_kept_too(
    here: Assembly, call: Recording, clock: Clock
) -> None:
    words, owner = here.vault.transcriptions, here.ours.owner
    first = await words.write(owner, call.id, HELLO)
    clock.forward(SECOND)
    second = await words.write(owner, call.id, replace(HELLO, text="Hallo?", locale="de-DE"))
    page = await words.find(owner, TranscriptSearch(recording=call.id), ALL)
    assert page.items == (second, first)
    assert (await of(here, call)).transcript == second.id


@pytest.mark.parametrize(
    "spoken",
    [
        Spoken("en-GB"),
        Spoken("en-GB", summary="A greeting"),
        Spoken("en-GB", segments=[Segment(9, 8, "x")]),
        Spoken("en-GB", segments=[Segment(-1, 8, "x")]),
        Spoken("en-GB", segments=[Segment(0, 8, "x", channel=0)]),
    ],
)
async def test_what_says_nothing_or_cannot_be_is_refused_and_nothing_is_kept(
    spoken: Spoken, here: Assembly, call: Recording
) -> None:
    with pytest.raises(Invalid):
        await here.vault.transcriptions.write(here.ours.owner, call.id, spoken)
    assert (
        await here.vault.transcriptions.find(here.ours.owner, TranscriptSearch(), ALL)
    ).items == ()
    assert await told(here, call) == []


async def test_a_recording_points_to_words_that_can_be_read(
    here: Assembly, call: Recording, clock: Clock
) -> None:
    words, owner = here.vault.transcriptions, here.ours.owner
    older = await words.write(owner, call.id, HELLO)
    clock.forward(SECOND)
    newer = await words.write(owner, call.id, HELLO)
    assert (await of(here, call)).transcript == newer.id
    clock.forward(SECOND)
    await words.write(owner, call.id, FAILED, id=newer.id)
    assert (await of(here, call)).transcript == older.id
    await words.write(owner, call.id, HELLO, id=newer.id)
    assert (await of(here, call)).transcript == newer.id
    await words.delete(owner, newer.id)
    assert (await of(here, call)).transcript == older.id
    await words.delete(owner, older.id)
    assert (await of(here, call)).transcript is None


async def test_deleted_words_are_nowhere(here: Assembly, call: Recording) -> None:
    words, owner = here.vault.transcriptions, here.ours.owner
    gone = await words.write(owner, call.id, HELLO)
    kept = await words.write(owner, here.ours.recordings["sip"].id, HELLO)
    await words.delete(owner, gone.id, recording=call.id)
    for work in (words.get(owner, gone.id), words.delete(owner, gone.id)):
        with pytest.raises(NotFound):
            await work
    assert (await words.find(owner, TranscriptSearch(), ALL)).items == (kept,)
    assert [it.transcription for it in await told(here, call)] == [None]


async def test_the_words_go_with_their_recording(here: Assembly, call: Recording) -> None:
    words, owner = here.vault.transcriptions, here.ours.owner
    gone = await words.write(owner, call.id, HELLO)
    await here.vault.recordings.delete(owner, call.id)
    with pytest.raises(NotFound):
        await words.get(owner, gone.id)
    with pytest.raises(NotFound):
        await words.find(owner, TranscriptSearch(recording=call.id), ALL)


async def test_pages_lead_from_one_to_the_next(
    here: Assembly, call: Recording, clock: Clock
) -> None:
    words, owner = here.vault.transcriptions, here.ours.owner
    made = []
    for _ in range(3):
        clock.forward(SECOND)
        made.append(await words.write(owner, call.id, HELLO))
    first = await words.find(owner, TranscriptSearch(), Window(2))
    assert (first.items, first.more) == ((made[2], made[1]), True)
    second = await words.find(owner, TranscriptSearch(), Window(2, behind=made[1].id))
    assert (second.items, second.more) == ((made[0],), False)
    since = TranscriptSearch(created_from=made[1].created_at, created_before=made[2].created_at)
    assert (await words.find(owner, since, ALL)).items == (made[1],)


async def test_recordings_with_words_can_be_searched_for(here: Assembly, call: Recording) -> None:
    await here.vault.transcriptions.write(here.ours.owner, call.id, HELLO)
    with_words = Search(transcribed=True)
    found = await here.vault.recordings.find(here.ours.owner, with_words, window=ALL)
    assert [it.id for it in found.items] == [call.id]


async def test_nobody_writes_or_reads_words_of_what_is_not_theirs(
    here: Assembly, call: Recording
) -> None:
    words, owner = here.vault.transcriptions, here.ours.owner
    theirs = here.theirs.recordings["call"]
    foreign = await words.write(here.theirs.owner, theirs.id, HELLO)
    ours = await words.write(owner, call.id, HELLO)
    sip = here.ours.recordings["sip"].id
    for work in (
        words.request(owner, theirs.id, "en-GB"),
        words.write(owner, theirs.id, HELLO),
        words.write(owner, theirs.id, HELLO, id=foreign.id),
        words.write(owner, call.id, HELLO, id=foreign.id),
        words.write(owner, call.id, HELLO, id=TranscriptionId(uuid4())),
        words.write(owner, sip, HELLO, id=ours.id),
        words.write(owner, RecordingId(uuid4()), HELLO),
        words.find(owner, TranscriptSearch(recording=theirs.id), ALL),
        words.get(owner, foreign.id),
        words.get(owner, ours.id, recording=sip),
        words.delete(owner, foreign.id),
        words.delete(owner, ours.id, recording=sip),
    ):
        with pytest.raises(NotFound):
            await work
    assert (await words.find(owner, TranscriptSearch(), ALL)).items == (ours,)
    assert await words.get(here.theirs.owner, foreign.id) == foreign


async def test_a_key_without_the_scope_does_nothing(here: Assembly, call: Recording) -> None:
    words, account = here.vault.transcriptions, here.ours.account.id
    made = await words.write(here.ours.owner, call.id, HELLO)
    reader = Principal(account, frozenset({Scope.READ}))
    writer = Principal(account, frozenset({Scope.WRITE}))
    assert await words.get(reader, made.id) == made
    for work in (
        words.request(reader, call.id, "en-GB"),
        words.write(reader, call.id, HELLO),
        words.delete(reader, made.id),
        words.find(writer, TranscriptSearch(), ALL),
        words.get(writer, made.id),
    ):
        with pytest.raises(Forbidden):
            await work
