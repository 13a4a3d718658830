"""Any recording that the core could hand to a dialect."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from dictabelt.core.access import mint_account_id
from dictabelt.core.ids import CallId, MediaId, RecordingId
from dictabelt.core.media import Kind, Media, MediaState, Signal
from dictabelt.core.nouns import (
    Call,
    Contact,
    Direction,
    Leg,
    Origin,
    Party,
    Recording,
    Source,
    State,
    Track,
    Trim,
)

ids = st.uuids(version=4)
instants = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
texts = st.text(max_size=20)
prices = st.from_regex(r"[0-9]{1,5}(\.[0-9]{1,9})?", fullmatch=True)
numbers = st.from_regex(r"\+?[0-9]{3,15}|sip:[a-z]{1,8}@example\.com", fullmatch=True)
# A row has no NULL where the noun has none; here every other field may be unknown.
contacts = st.builds(Contact, id=texts, identifier_key=texts, identifier_value=texts)
parties = st.builds(
    Party,
    number=numbers,
    type=st.sampled_from(Leg),
    country=st.none() | st.sampled_from(("GB", "NL")),
    caller_id_name=st.none() | texts,
    anonymous=st.none() | st.booleans(),
    contact=st.none() | contacts,
)
calls = st.builds(
    Call,
    id=ids.map(CallId),
    account=ids.map(mint_account_id),
    direction=st.none() | st.sampled_from(Direction),
    caller=st.none() | parties,
    callee=st.none() | parties,
    vendor_id=st.none() | texts,
    channel=st.none() | ids,
)
signals = st.builds(
    Signal,
    container=st.sampled_from(("wav", "mp3", "ogg")),
    codec=st.sampled_from(("pcm_s16le", "mp3", "opus")),
    sample_rate=st.sampled_from((8_000, 48_000)),
    channels=st.integers(1, 2),
    samples=st.integers(0, 10**9),
    faithful=st.booleans(),
)
media = st.builds(
    Media,
    id=ids.map(MediaId),
    kind=st.sampled_from(Kind),
    content_type=st.sampled_from(("audio/wav", "audio/opus", "image/jpeg")),
    state=st.sampled_from(MediaState),
    created_at=instants,
    size=st.integers(0, 2**40),
    signal=st.none() | signals,
)


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    """Of a call or of a conference, in any state, with anything optional unknown."""
    source = draw(st.sampled_from(Source))
    of_call = source is Source.CALL
    return Recording(
        id=RecordingId(draw(ids)),
        account=mint_account_id(draw(ids)),
        source=source,
        origin=draw(st.sampled_from(Origin)),
        leg=draw(st.sampled_from(Leg)),
        state=draw(st.sampled_from(State)),
        created_at=draw(instants),
        updated_at=draw(instants),
        call=draw(st.none() | calls) if of_call else None,
        conference=None if of_call else draw(ids),
        started_at=draw(st.none() | instants),
        ended_at=draw(st.none() | instants),
        duration_ms=draw(st.none() | st.integers(0, 10**10)),
        channels=draw(st.none() | st.integers(1, 2)),
        track=draw(st.sampled_from(Track)),
        trim=draw(st.sampled_from(Trim)),
        price=draw(st.none() | prices),
        price_unit=draw(st.none() | st.just("EUR")),
        error_code=draw(st.none() | texts),
        transcription=draw(st.booleans()),
        media=tuple(draw(st.lists(media, max_size=2))),
    )
