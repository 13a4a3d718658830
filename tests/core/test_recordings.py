"""Recordings as they are: found, listed, told apart by account, deleted for good."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from assembly import Assembly
from clocks import Clock
from dictabelt.core.errors import Conflict, Forbidden, Held, NotFound
from dictabelt.core.ids import MediaId, RecordingId
from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Known, Principal, Recording, Scope, State
from dictabelt.core.recordings import (
    Within,
    media_of,
    of_call,
    refuse_deletion,
    refuse_elsewhere,
)
from gated import settled
from samples import recording as sample
from stocked import Tenant

UNFINISHED = (State.IN_PROGRESS, State.PAUSED)


async def called(here: Assembly, tenant: Tenant, call_id: str) -> list[Recording]:
    async with here.db.read() as tx:
        return await of_call(tx, tenant.owner, call_id)


def test_no_media_id_means_the_first_audio(here: Assembly) -> None:
    visit = here.ours.recordings["visit"]
    assert media_of(visit, None) == visit.media[0]
    for it in visit.media:
        assert media_of(visit, it.id) == it


def test_a_media_of_another_recording_is_not_there(here: Assembly) -> None:
    visit, call = here.ours.recordings["visit"], here.ours.recordings["call"]
    for wrong in (call.media[0].id, MediaId(uuid4())):
        with pytest.raises(NotFound):
            media_of(visit, wrong)
    with pytest.raises(NotFound):
        media_of(here.ours.recordings["in progress"], None)


def test_a_recording_is_of_its_own_call_alone(here: Assembly) -> None:
    call, conference = here.ours.recordings["call"], here.ours.recordings["conference"]
    for own in (Within(), Within(call=call.source_id)):
        refuse_elsewhere(call, own)
    refuse_elsewhere(conference, Within(conference=conference.source_id))
    wrong = (
        (call, Within(call=uuid4())),
        (call, Within(conference=call.source_id)),
        (conference, Within(call=conference.source_id)),
    )
    for recording, elsewhere in wrong:
        with pytest.raises(NotFound):
            refuse_elsewhere(recording, elsewhere)


@pytest.mark.parametrize("state", State)
def test_what_is_unfinished_or_held_must_stay(state: State) -> None:
    recording = sample(state=state)
    if state in UNFINISHED:
        with pytest.raises(Conflict, match="not finished"):
            refuse_deletion(recording)
    else:
        refuse_deletion(recording)
    with pytest.raises(Held):
        refuse_deletion(replace(recording, hold=True))


async def test_a_call_is_found_by_its_vendors_id_or_by_any_id_of_ours(here: Assembly) -> None:
    call, conference = here.ours.recordings["call"], here.ours.recordings["conference"]
    assert await called(here, here.ours, "Ours-call") == [call]
    assert await called(here, here.ours, str(call.source_id)) == [call]
    assert await called(here, here.ours, str(call.id)) == [call]
    assert await called(here, here.ours, str(conference.source_id)) == [conference]


@pytest.mark.parametrize("wrong", ["", "Theirs-call", "ours-call", "Ours-call ", "Ours-deleted"])
async def test_no_other_name_finds_a_call(wrong: str, here: Assembly) -> None:
    assert await called(here, here.ours, wrong) == []


async def test_a_foreign_call_is_not_found_by_any_id(here: Assembly) -> None:
    theirs = here.theirs.recordings["call"]
    for wrong in (theirs.id, theirs.source_id, here.theirs.recordings["conference"].source_id):
        assert await called(here, here.ours, str(wrong)) == []


async def test_a_vendors_id_that_looks_like_one_of_ours_is_the_vendors(
    here: Assembly, clock: Clock
) -> None:
    decoy = here.ours.recordings["call"]
    known = Known(call_id=str(decoy.source_id))
    begun = await here.vault.ingest.begin(here.ours.owner, known, State.QUEUED)
    assert await called(here, here.ours, str(decoy.source_id)) == [begun]


async def test_recordings_of_one_call_come_newest_first(here: Assembly, clock: Clock) -> None:
    before = await called(here, here.ours, "Ours-call")
    clock.forward(timedelta(seconds=1))
    known = Known(call_id="Ours-call")
    later = await here.vault.ingest.begin(here.ours.owner, known, State.QUEUED)
    assert await called(here, here.ours, "Ours-call") == [later, *before]


async def test_the_newest_come_first_page_by_page_and_no_foreign_one_among_them(
    here: Assembly,
) -> None:
    listed = await here.vault.recordings.newest(here.ours.owner, limit=100)
    assert {it.id for it in listed} == {
        it.id for name, it in here.ours.recordings.items() if name != "deleted"
    }
    assert listed == sorted(listed, key=lambda it: it.created_at, reverse=True)
    paged: list[Recording] = []
    for _ in range(4):
        before = paged[-1].id if paged else None
        page = await here.vault.recordings.newest(here.ours.owner, limit=2, before=before)
        assert len(page) <= 2
        paged += page
    assert paged == listed


async def test_the_same_bytes_are_found_in_the_own_account_alone(here: Assembly) -> None:
    ours, theirs = here.ours.recordings["call"], here.theirs.recordings["call"]
    same_bytes = here.vault.recordings.same_bytes
    assert await same_bytes(here.ours.owner, str(ours.media[0].sha256)) == ours
    assert await same_bytes(here.ours.owner, str(theirs.media[0].sha256)) is None


async def test_who_may_not_read_or_write_does_not(here: Assembly) -> None:
    account, id = here.ours.account.id, here.ours.recordings["call"].id
    reader = Principal(account, frozenset({Scope.READ, Scope.LISTEN}))
    writer = Principal(account, frozenset({Scope.WRITE, Scope.LISTEN}))
    recordings = here.vault.recordings
    for work in (
        recordings.get(writer, id),
        recordings.newest(writer, limit=1),
        recordings.same_bytes(writer, ""),
        recordings.delete(reader, id),
    ):
        with pytest.raises(Forbidden):
            await work


async def test_deletion_frees_the_bytes_of_media_and_renditions(here: Assembly) -> None:
    visit, before = here.ours.recordings["visit"], await here.kept()
    own = await here.blobs_of(visit)
    for form in (Form.FLAC, Form.OPUS):
        playable = await here.vault.renditions.get(here.ours.owner, visit.id, Variant(form))
        await (await playable.open()).close()
    await settled()
    made = await here.kept() - before
    assert made
    await here.vault.recordings.delete(here.ours.owner, visit.id)
    assert await here.kept() == before - own
    with pytest.raises(NotFound):
        await here.vault.recordings.get(here.ours.owner, visit.id)
    async with here.db.read() as tx:
        assert not [
            await tx.renditions.of(here.ours.account.id, it.id)
            for it in visit.media
            if await tx.renditions.of(here.ours.account.id, it.id)
        ]


@pytest.mark.parametrize("which", ["foreign", "deleted", "unknown", "of another call"])
async def test_what_is_not_there_is_not_deleted(which: str, here: Assembly) -> None:
    kept, ours = await here.kept(), here.ours.recordings
    id, call = {
        "foreign": (here.theirs.recordings["call"].id, None),
        "deleted": (ours["deleted"].id, None),
        "unknown": (RecordingId(uuid4()), None),
        "of another call": (ours["call"].id, UUID(int=1)),
    }[which]
    with pytest.raises(NotFound):
        await here.vault.recordings.delete(here.ours.owner, id, within=Within(call=call))
    assert await here.kept() == kept


async def test_what_is_held_is_not_deleted(here: Assembly) -> None:
    call, kept = here.ours.recordings["call"], await here.kept()
    async with here.db.write() as tx:
        await tx.recordings.put(here.ours.account.id, replace(call, hold=True))
    with pytest.raises(Held):
        await here.vault.recordings.delete(here.ours.owner, call.id)
    assert await here.kept() == kept
    assert (await here.vault.recordings.get(here.ours.owner, call.id)).hold
