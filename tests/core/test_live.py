"""Recordings in progress: who may steer them where, and what is told of it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from assembly import Assembly
from clocks import Clock
from dictabelt.core.errors import Conflict, Forbidden, NotFound, NotLive
from dictabelt.core.ids import RecordingId
from dictabelt.core.nouns import Known, Recording, Source, State, Track
from dictabelt.core.recordings import Within
from dictabelt.core.search import EventSearch, Window
from dictabelt.core.webhook import EventType
from sounds import chunks, tone
from stocked import Tenant

SECOND = timedelta(seconds=1)


@pytest.fixture
async def held(here: Assembly) -> Recording:
    """One of ours, in progress, on a call of its own."""
    return here.ours.recordings["in progress"]


def of_call(it: Recording) -> Within:
    assert it.call is not None
    return Within(call=it.call.id)


async def told(here: Assembly, it: Recording) -> list[EventType]:
    """What happened to it, oldest first."""
    found = await here.vault.events.find(here.ours.owner, EventSearch(recording=it.id), Window(100))
    return [event.type for event in reversed(found.items)]


async def test_it_pauses_goes_on_and_stops_and_says_so(
    here: Assembly, held: Recording, clock: Clock
) -> None:
    live, owner = here.vault.live, here.ours.owner
    start = clock.now
    paused = await live.steer(owner, held.id, State.PAUSED, within=of_call(held))
    assert (paused.state, paused.ended_at, paused.updated_at) == (State.PAUSED, None, start)
    clock.forward(SECOND)
    assert (await live.steer(owner, held.id, State.IN_PROGRESS)).state is State.IN_PROGRESS
    clock.forward(SECOND)
    stopped = await live.steer(owner, held.id, State.PROCESSING)
    assert (stopped.state, stopped.ended_at) == (State.PROCESSING, clock.now)
    assert await here.vault.recordings.get(owner, held.id) == stopped
    assert (await told(here, held))[-3:] == [
        EventType.PAUSED,
        EventType.RESUMED,
        EventType.STOPPED,
    ]


async def test_asking_for_the_state_it_has_changes_and_tells_nothing(
    here: Assembly, held: Recording
) -> None:
    before = await told(here, held)
    same = await here.vault.live.steer(here.ours.owner, held.id, State.IN_PROGRESS)
    assert same == held
    assert await told(here, held) == before


@pytest.mark.parametrize("name", ["call", "failed", "absent"])
@pytest.mark.parametrize("to", [State.PAUSED, State.IN_PROGRESS, State.PROCESSING])
async def test_what_is_over_cannot_be_steered(here: Assembly, name: str, to: State) -> None:
    with pytest.raises(NotLive):
        await here.vault.live.steer(here.ours.owner, here.ours.recordings[name].id, to)


async def test_once_stopped_its_media_completes_it(
    here: Assembly, held: Recording, clock: Clock
) -> None:
    from dictabelt.core.ingest import Upload

    await here.vault.live.steer(here.ours.owner, held.id, State.PROCESSING)
    clock.forward(SECOND)
    whole = await here.vault.ingest.attach(here.ours.owner, held.id, Upload(chunks(tone(1.0, 440))))
    assert (whole.state, whole.duration_ms) == (State.AVAILABLE, 1_000)
    assert (await told(here, held))[-1] is EventType.COMPLETED


async def test_another_recording_starts_on_a_call_that_is_recorded(
    here: Assembly, held: Recording, clock: Clock
) -> None:
    assert held.call is not None
    known = Known(track=Track.INBOUND, channels=2, extras={"laml": {"a": 1}})
    more = await here.vault.live.start(here.ours.owner, held.call.id, known)
    assert (more.state, more.call, more.started_at) == (State.IN_PROGRESS, held.call, clock.now)
    assert (more.track, more.channels, more.extras) == (Track.INBOUND, 2, {"laml": {"a": 1}})
    assert set(await told(here, more)) == {EventType.CREATED, EventType.IN_PROGRESS}
    with pytest.raises(Conflict, match="several"):
        await here.vault.live.steer_current(here.ours.owner, State.PAUSED, within=of_call(held))
    await here.vault.live.steer(here.ours.owner, more.id, State.PROCESSING)
    current = await here.vault.live.steer_current(
        here.ours.owner, State.PAUSED, within=of_call(held)
    )
    assert current.id == held.id


async def test_nothing_starts_on_a_call_that_is_over_or_unknown_or_foreign(
    here: Assembly,
) -> None:
    over, theirs = here.ours.recordings["call"].call, here.theirs.recordings["in progress"].call
    assert over is not None
    assert theirs is not None
    for call in (over.id, theirs.id, uuid4()):
        with pytest.raises(NotLive):
            await here.vault.live.start(here.ours.owner, call, Known())
        with pytest.raises(NotLive):
            await here.vault.live.steer_current(
                here.ours.owner, State.PAUSED, within=Within(call=call)
            )


async def test_a_foreign_recording_is_not_there(here: Assembly, held: Recording) -> None:
    theirs = here.theirs.recordings["in progress"]
    for wrong in (theirs.id, RecordingId(uuid4())):
        with pytest.raises(NotFound):
            await here.vault.live.steer(here.ours.owner, wrong, State.PAUSED)
        with pytest.raises(NotFound):
            await here.vault.live.steer(here.ours.owner, wrong, State.PAUSED, within=of_call(held))
        with pytest.raises(NotLive):
            await here.vault.live.steer(
                here.ours.owner, wrong, State.PAUSED, within=Within(call=uuid4())
            )
    kept = await here.vault.recordings.get(here.theirs.owner, theirs.id)
    assert kept == theirs


async def test_a_conference_is_steered_under_its_own_id(here: Assembly) -> None:
    owner, conference = here.ours.owner, uuid4()
    known = Known(source=Source.CONFERENCE, conference=conference)
    it = await here.vault.ingest.begin(owner, known, State.IN_PROGRESS)
    within = Within(conference=conference)
    assert (await here.vault.live.steer_current(owner, State.PAUSED, within=within)).id == it.id
    with pytest.raises(NotLive):
        await here.vault.live.steer(owner, it.id, State.PAUSED, within=Within(call=conference))


@pytest.mark.parametrize("state", [State.ABSENT, State.FAILED])
async def test_it_can_end_without_media(
    here: Assembly, held: Recording, state: State, clock: Clock
) -> None:
    clock.forward(SECOND)
    over = await here.vault.live.end(here.ours.owner, held.id, state, error_code="16102")
    assert (over.state, over.error_code) == (state, "16102")
    assert (await told(here, held))[-1] in (EventType.ABSENT, EventType.FAILED)
    with pytest.raises(Conflict):
        await here.vault.live.end(here.ours.owner, here.ours.recordings["call"].id, state)


async def test_a_key_without_the_scope_steers_nothing(here: Assembly, held: Recording) -> None:
    tenant: Tenant = here.ours
    from dictabelt.core.access import Credentials

    reader = await here.vault.access.authenticate(Credentials(tenant.keys["read"]), "laml")
    for act in (
        here.vault.live.start(reader, uuid4(), Known()),
        here.vault.live.steer(reader, held.id, State.PAUSED),
        here.vault.live.steer_current(reader, State.PAUSED, within=of_call(held)),
        here.vault.live.end(reader, held.id, State.ABSENT),
    ):
        with pytest.raises(Forbidden):
            await act
