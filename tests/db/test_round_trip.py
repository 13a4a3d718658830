"""Whatever a recording, its call and its media hold comes back equal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.samples import account, keep
from dictabelt.core.ids import AccountId
from dictabelt.core.media import Media, Signal
from dictabelt.core.nouns import Call, Contact, Party, Recording
from dictabelt.core.ports import Database
from dictabelt.core.search import Search, Window
from dictabelt.core.transcript import Segment, Transcription
from dictabelt.core.webhook import Event, Hook
from dictabelt.db.values import read_instant, write_instant

# PostgreSQL keeps no text with a NUL in it, and refuses it by name.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
CHANNELS = st.integers(-(2**31), 2**31 - 1)
LONG = st.integers(-(2**63), 2**63 - 1)
OFFSETS = st.timedeltas(timedelta(hours=-14), timedelta(hours=14)).map(timezone)
INSTANTS = st.datetimes(timezones=st.just(UTC))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | TEXT
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
OBJECTS = st.dictionaries(TEXT, JSON, max_size=3)

PARTIES = st.builds(
    Party,
    number=TEXT,
    country=st.none() | TEXT,
    caller_id_name=st.none() | TEXT,
    anonymous=st.none() | st.booleans(),
    contact=st.none() | st.builds(Contact, TEXT, TEXT, TEXT),
)
CALLS = st.builds(
    Call,
    caller=st.none() | PARTIES,
    callee=st.none() | PARTIES,
    started_at=st.none() | INSTANTS,
    ended_at=st.none() | INSTANTS,
    vendor_id=st.none() | TEXT,
)
SIGNALS = st.builds(
    Signal, container=TEXT, codec=TEXT, sample_rate=LONG, channels=LONG, samples=LONG
)
MEDIA = st.builds(
    Media,
    content_type=TEXT,
    created_at=INSTANTS,
    name=st.none() | TEXT,
    size=st.none() | LONG,
    sha256=st.none() | TEXT,
    blob=st.none() | TEXT,
    captured_at=st.none() | INSTANTS,
    signal=st.none() | SIGNALS,
    fault=st.none() | TEXT,
)
RECORDINGS = st.builds(
    Recording,
    created_at=INSTANTS,
    updated_at=INSTANTS,
    call=st.none() | CALLS,
    conference=st.none() | st.uuids(),
    started_at=st.none() | INSTANTS,
    ended_at=st.none() | INSTANTS,
    duration_ms=st.none() | LONG,
    channels=st.none() | CHANNELS,
    price=st.none() | TEXT,
    price_unit=st.none() | TEXT,
    error_code=st.none() | TEXT,
    transcription=st.booleans(),
    name=st.none() | TEXT,
    metadata=st.none() | OBJECTS,
    device_id=st.none() | TEXT,
    end_user_id=st.none() | TEXT,
    extras=st.dictionaries(TEXT, OBJECTS, max_size=3),
    media=st.lists(MEDIA, max_size=3, unique_by=lambda it: it.id).map(tuple),
    hold=st.booleans(),
    deleted_at=st.none(),
    tags=st.lists(TEXT, max_size=3).map(tuple),
    transcript=st.none() | st.uuids(),
)

SEGMENTS = st.builds(
    Segment,
    start_ms=LONG,
    end_ms=LONG,
    text=TEXT,
    channel=st.none() | LONG,
    speaker=st.none() | TEXT,
)
TRANSCRIPTIONS = st.builds(
    Transcription,
    locale=TEXT,
    created_at=INSTANTS,
    updated_at=INSTANTS,
    text=st.none() | TEXT,
    segments=st.lists(SEGMENTS, max_size=3).map(tuple),
    summary=st.none() | TEXT,
    duration_ms=st.none() | LONG,
    channels=st.none() | CHANNELS,
    price=st.none() | TEXT,
    price_unit=st.none() | TEXT,
    error=st.none() | TEXT,
)
EVENTS = st.builds(
    Event, created_at=INSTANTS, recording=RECORDINGS, transcription=st.none() | TRANSCRIPTIONS
)
HOOKS = st.builds(
    Hook,
    dialect=TEXT,
    url=TEXT,
    created_at=INSTANTS,
    events=st.frozensets(TEXT, max_size=3),
    secret=TEXT,
    headers=st.dictionaries(TEXT, TEXT, max_size=3),
    details=OBJECTS,
    enabled=st.booleans(),
)


def owned(it: Recording, owner: AccountId) -> Recording:
    call = None if it.call is None else replace(it.call, account=owner)
    return replace(it, account=owner, call=call)


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=RECORDINGS)
async def test_a_recording_comes_back_equal(database: Database, drawn: Recording) -> None:
    owner = account(str(uuid4()))
    it = owned(drawn, owner.id)
    async with database.write() as tx:
        await tx.accounts.add(owner)
        if it.call is not None:
            await tx.calls.add(owner.id, it.call)
        await tx.recordings.add(owner.id, it)
    async with database.read() as view:
        assert await view.recordings.get(owner.id, it.id) == it
        for tag in it.tags:
            page = await view.recordings.find(owner.id, Search(tag=tag), Window(1))
            assert page.items == (it,)
        if it.call is not None:
            assert await view.calls.get(owner.id, it.call.id) == it.call


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=EVENTS)
async def test_an_event_comes_back_equal(database: Database, drawn: Event) -> None:
    owner = account(str(uuid4()))
    it = replace(drawn, account=owner.id)
    async with database.write() as tx:
        await tx.accounts.add(owner)
        await tx.events.add(owner.id, it)
    async with database.read() as view:
        assert await view.events.get(owner.id, it.id) == it


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(heard=RECORDINGS, drawn=TRANSCRIPTIONS)
async def test_a_transcription_comes_back_equal(
    database: Database, heard: Recording, drawn: Transcription
) -> None:
    owner = account(str(uuid4()))
    recording = replace(heard, account=owner.id, call=None)
    it = replace(drawn, account=owner.id, recording=recording.id)
    async with database.write() as tx:
        await tx.accounts.add(owner)
    await keep(database, recording)
    async with database.write() as tx:
        await tx.transcriptions.add(owner.id, it)
    async with database.read() as view:
        assert await view.transcriptions.get(owner.id, it.id) == it


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=HOOKS)
async def test_a_hook_comes_back_equal(database: Database, drawn: Hook) -> None:
    owner = account(str(uuid4()))
    it = replace(drawn, account=owner.id)
    async with database.write() as tx:
        await tx.accounts.add(owner)
        await tx.hooks.add(owner.id, it)
    async with database.read() as view:
        assert await view.hooks.get(owner.id, it.id) == it


@settings(deadline=None)
@given(st.datetimes(timezones=OFFSETS))
def test_an_instant_of_any_zone_comes_back_to_the_microsecond(at: datetime) -> None:
    back = read_instant(write_instant(at))
    assert back == at
    assert back.tzinfo is UTC
