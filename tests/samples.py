"""Fixed nouns that tests start from; `changes` replace what a test is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from dictabelt.core.access import mint_account_id
from dictabelt.core.ids import CallId, MediaId, RecordingId, TranscriptionId
from dictabelt.core.media import Form, Kind, Media, MediaState, Signal, Variant
from dictabelt.core.nouns import (
    Call,
    Contact,
    Direction,
    Leg,
    Link,
    Origin,
    Party,
    Recording,
    Source,
    State,
)
from dictabelt.core.transcript import Segment, Transcription, TranscriptState

ACCOUNT = mint_account_id(UUID("5d0b0cb6-4a57-4c0d-9c77-1a4f3a1b7e01"))
OTHER_ACCOUNT = mint_account_id(UUID("e7c1a2d4-90f3-4b6e-8a15-2c3d4e5f6a02"))
RECORDING = RecordingId(UUID("8c6f1f6e-52a3-4d0b-9d2e-0f6a7f3c9b21"))
CALL = CallId(UUID("1b7de0c5-6f0a-4f38-8e49-d5b2a90c7f44"))
CONFERENCE = UUID("b3a9c7d1-2e5f-4a68-9b0c-7d8e9f0a1b2c")
CHANNEL = UUID("f2d4b6a8-1c3e-4d5f-a7b9-0c2e4a6d8f10")
MEDIA = MediaId(UUID("3e5a7c91-b2d4-4f60-8a1c-9e7d5b3f1a08"))

TRANSCRIPTION = TranscriptionId(UUID("4f6b8da2-c3e5-4071-9b2d-af8e6c402b19"))

# Microseconds and milliseconds that no vendor writes, so that a rounded value would show.
STARTED = datetime(2026, 3, 3, 9, 14, 7, 482913, UTC)
ENDED = datetime(2026, 3, 3, 9, 14, 37, 481913, UTC)
CREATED = datetime(2026, 3, 3, 9, 14, 38, 999999, UTC)
UPDATED = datetime(2026, 3, 4, 23, 59, 59, 999999, UTC)
ISSUED = datetime(2026, 3, 5, 8, 0, 0, tzinfo=UTC)
DURATION_MS = 29_999


def contact(**changes: Any) -> Contact:
    """Somebody in an address book."""
    it = Contact(
        id="7c1f0d52-3b86-4e0a-9a57-6d2f1c84b0e1",
        identifier_key="phonenumber",
        identifier_value="+447700900142",
    )
    return replace(it, **changes)


def caller(**changes: Any) -> Party:
    """A telephone number without a contact."""
    return replace(Party(number="+442079460100", country="GB"), **changes)


def callee(**changes: Any) -> Party:
    """A telephone number with a contact."""
    return replace(Party(number="+447700900142", country="GB", contact=contact()), **changes)


def call(**changes: Any) -> Call:
    """An outbound call between the two, known to its vendor as 12345."""
    it = Call(
        id=CALL,
        account=ACCOUNT,
        direction=Direction.OUTBOUND,
        caller=caller(),
        callee=callee(),
        started_at=STARTED,
        ended_at=ENDED,
        vendor_id="12345",
        channel=CHANNEL,
    )
    return replace(it, **changes)


def signal(**changes: Any) -> Signal:
    """29.999 s of 8 kHz mono PCM in a truthful WAV."""
    it = Signal(
        container="wav",
        codec="pcm_s16le",
        sample_rate=8000,
        channels=1,
        samples=DURATION_MS * 8,
        faithful=True,
    )
    return replace(it, **changes)


def media(**changes: Any) -> Media:
    """The WAV itself, uploaded."""
    it = Media(
        id=MEDIA,
        kind=Kind.AUDIO,
        content_type="audio/wav",
        state=MediaState.UPLOADED,
        created_at=CREATED,
        name="call.wav",
        size=480_028,
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        blob="somewhere",
        signal=signal(),
    )
    return replace(it, **changes)


def recording(**changes: Any) -> Recording:
    """A finished recording of a PSTN call of which everything is known."""
    it = Recording(
        id=RECORDING,
        account=ACCOUNT,
        source=Source.CALL,
        origin=Origin.OUTBOUND_API,
        leg=Leg.PSTN,
        state=State.AVAILABLE,
        created_at=CREATED,
        updated_at=UPDATED,
        call=call(),
        started_at=STARTED,
        ended_at=ENDED,
        duration_ms=DURATION_MS,
        channels=1,
        price="0.0025",
        price_unit="USD",
        name="Blood results",
        media=(media(),),
    )
    return replace(it, **changes)


def conference_recording(**changes: Any) -> Recording:
    """A finished recording of a conference, both channels used."""
    it = recording(
        source=Source.CONFERENCE,
        origin=Origin.CONFERENCE,
        leg=Leg.CONFERENCE,
        call=None,
        conference=CONFERENCE,
        channels=2,
        media=(media(signal=signal(channels=2), size=959_996),),
    )
    return replace(it, **changes)


def bare_recording(**changes: Any) -> Recording:
    """A recording just begun: nothing but what every recording has."""
    it = Recording(
        id=RECORDING,
        account=ACCOUNT,
        source=Source.CALL,
        origin=Origin.UPLOAD,
        leg=Leg.PSTN,
        state=State.IN_PROGRESS,
        created_at=CREATED,
        updated_at=CREATED,
    )
    return replace(it, **changes)


def link(**changes: Any) -> Link:
    """Ten minutes of the recording's MP3."""
    it = Link(
        account=ACCOUNT,
        recording=RECORDING,
        media=MEDIA,
        variant=Variant(Form.MP3),
        name="recording",
        extension="mp3",
        source=CALL,
        key="DBLKAAAAAAAAAAAAAAAA",
        issued_at=ISSUED,
        expires_at=ISSUED + timedelta(seconds=600),
    )
    return replace(it, **changes)


def transcription(**changes: Any) -> Transcription:
    """A short exchange, a speaker a channel."""
    it = Transcription(
        id=TRANSCRIPTION,
        account=ACCOUNT,
        recording=RECORDING,
        state=TranscriptState.AVAILABLE,
        locale="en-GB",
        created_at=CREATED,
        updated_at=UPDATED,
        text="Is the clinic open today? Until six.",
        segments=(
            Segment(1_200, 3_480, "Is the clinic open today?", channel=1),
            Segment(3_900, 4_710, "Until six.", channel=2),
        ),
        duration_ms=DURATION_MS,
        channels=2,
    )
    return replace(it, **changes)
