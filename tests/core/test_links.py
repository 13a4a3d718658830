"""Links: to what, for whom, and until exactly when."""

from datetime import timedelta
from uuid import uuid4

import pytest

from assembly import Assembly
from clocks import Clock
from dictabelt.core.errors import Forbidden, Invalid, NotFound, NotReady
from dictabelt.core.ids import MediaId, RecordingId
from dictabelt.core.ingest import Upload
from dictabelt.core.links import extension, refuse_lifetime
from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Known, Principal, Scope, State, Terms
from samples import media as media_sample
from sounds import chunks, tone

WEEK = timedelta(days=7)
TICK = timedelta(microseconds=1)
HOUR = Terms(Variant(Form.MP3), timedelta(hours=1), "recording")


@pytest.mark.parametrize("lifetime", [timedelta(seconds=1), timedelta(hours=1), WEEK])
def test_a_link_may_live_a_second_to_a_week(lifetime: timedelta) -> None:
    refuse_lifetime(lifetime)


@pytest.mark.parametrize(
    "lifetime", [timedelta(0), timedelta(seconds=1) - TICK, WEEK + TICK, -timedelta(seconds=5)]
)
def test_no_link_lives_shorter_or_longer(lifetime: timedelta) -> None:
    with pytest.raises(Invalid) as caught:
        refuse_lifetime(lifetime)
    assert caught.value.field == "expires"


async def test_a_link_ends_a_lifetime_after_the_whole_second_it_was_issued_in(
    here: Assembly, clock: Clock
) -> None:
    id = here.ours.recordings["call"].id
    link = (await here.vault.links.with_recording(here.ours.owner, id, HOUR)).link
    assert link is not None
    assert clock.now.microsecond
    assert link.issued_at == clock.now.replace(microsecond=0)
    assert link.expires_at == link.issued_at + timedelta(hours=1)


async def test_a_link_says_what_it_opens(here: Assembly) -> None:
    call = here.ours.recordings["call"]
    linked = await here.vault.links.with_recording(here.ours.owner, call.id, HOUR)
    assert (linked.recording, linked.media) == (call, call.media[0])
    link = linked.link
    assert link is not None
    assert (link.account, link.recording, link.media) == (call.account, call.id, call.media[0].id)
    assert (link.form, link.name, link.extension) == (Form.MP3, "recording", "mp3")
    assert (link.source, link.key) == (call.source_id, here.vault.ring.signing())


async def test_a_link_without_a_name_is_named_for_what_it_gives(here: Assembly) -> None:
    visit, terms = here.ours.recordings["visit"], Terms(Variant(Form.ORIGINAL), timedelta(hours=1))
    names = []
    for it in visit.media:
        linked = await here.vault.links.to_media(here.ours.owner, visit.id, terms, media=it.id)
        assert linked.link is not None
        names.append(f"{linked.link.name}.{linked.link.extension}")
    assert names == ["audio.wav", "audio.wav", "image.jpg"]


@pytest.mark.parametrize("which", ["in progress", "absent", "failed"])
async def test_there_is_no_link_where_nothing_can_be_played(which: str, here: Assembly) -> None:
    recording = here.ours.recordings[which]
    linked = await here.vault.links.with_recording(here.ours.owner, recording.id, HOUR)
    assert (linked.recording, linked.link) == (recording, None)
    for terms in (HOUR, Terms(Variant(Form.ORIGINAL), timedelta(hours=1))):
        with pytest.raises((NotFound, NotReady)):
            await here.vault.links.to_media(here.ours.owner, recording.id, terms)
    with pytest.raises(NotFound):
        await here.vault.links.to_call(here.ours.owner, str(recording.source_id), HOUR)


async def test_a_picture_cannot_be_linked_as_sound(here: Assembly) -> None:
    visit = here.ours.recordings["visit"]
    with pytest.raises(NotReady):
        await here.vault.links.to_media(here.ours.owner, visit.id, HOUR, media=visit.media[2].id)


async def test_the_account_decides_how_long_links_to_calls_and_urls_live(
    here: Assembly, clock: Clock
) -> None:
    account = await here.vault.accounts.add("Brief", media_public=True, link_seconds=90)
    owner = await here.vault.access.operator("Brief")
    assert account.id == owner.account
    upload, known = Upload(chunks(tone(0.2, 300))), Known(call_id="c-1")
    recording = (await here.vault.ingest.add(owner, upload, known)).recording
    by_call = await here.vault.links.to_call(owner, "c-1", HOUR)
    by_url = await here.vault.links.to_recording(owner, recording.id, HOUR)
    vendors = await here.vault.links.to_media(owner, recording.id, HOUR)
    lives = [it.link.expires_at - it.link.issued_at for it in (by_call, by_url, vendors) if it.link]
    assert lives == [timedelta(seconds=90), timedelta(seconds=90), timedelta(hours=1)]
    assert by_call.link is not None
    assert (by_call.link.form, by_call.link.name) == (HOUR.variant.form, HOUR.name)


async def test_an_account_without_a_lifetime_leaves_it_to_the_dialect(here: Assembly) -> None:
    linked = await here.vault.links.to_call(here.ours.owner, "Ours-call", HOUR)
    assert linked.link is not None
    assert linked.link.expires_at - linked.link.issued_at == HOUR.lifetime


async def test_a_call_leads_to_its_newest_playable_recording(here: Assembly, clock: Clock) -> None:
    clock.forward(timedelta(seconds=1))
    known, owner = Known(call_id="Ours-call"), here.ours.owner
    newer = await here.vault.ingest.add(owner, Upload(chunks(tone(0.3, 310))), known)
    clock.forward(timedelta(seconds=1))
    await here.vault.ingest.begin(owner, known, State.IN_PROGRESS)
    linked = await here.vault.links.to_call(owner, "Ours-call", HOUR)
    assert linked.recording == newer.recording


async def test_nobody_gets_a_link_to_what_is_not_theirs(here: Assembly) -> None:
    links, owner = here.vault.links, here.ours.owner
    theirs = here.theirs.recordings["call"]
    visit = here.ours.recordings["visit"]
    for work in (
        links.with_recording(owner, theirs.id, HOUR),
        links.to_media(owner, theirs.id, HOUR),
        links.to_media(owner, visit.id, HOUR, media=theirs.media[0].id),
        links.to_media(owner, visit.id, HOUR, media=MediaId(uuid4())),
        links.to_recording(owner, theirs.id, HOUR),
        links.to_recording(owner, RecordingId(uuid4()), HOUR),
        links.to_call(owner, "Theirs-call", HOUR),
    ):
        with pytest.raises(NotFound):
            await work


async def test_a_link_takes_the_right_to_read(here: Assembly) -> None:
    links, id = here.vault.links, here.ours.recordings["call"].id
    writer = Principal(here.ours.account.id, frozenset({Scope.WRITE, Scope.LISTEN}))
    for work in (
        links.with_recording(writer, id, HOUR),
        links.to_media(writer, id, HOUR),
        links.to_recording(writer, id, HOUR),
        links.to_call(writer, "Ours-call", HOUR),
    ):
        with pytest.raises(Forbidden):
            await work


@pytest.mark.parametrize(
    ("content_type", "form", "right"),
    [
        ("audio/wav", Form.ORIGINAL, "wav"),
        ("audio/ogg", Form.ORIGINAL, "ogg"),
        ("audio/ogg", Form.MP3, "mp3"),
        ("audio/mpeg", Form.WAV, "wav"),
        ("text/html", Form.ORIGINAL, "bin"),
    ],
)
def test_a_file_is_named_for_what_is_in_it(content_type: str, form: Form, right: str) -> None:
    assert extension(media_sample(content_type=content_type), form) == right
