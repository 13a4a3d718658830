"""LaML's answers."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

import samples
from dialects.rendering import HOST, body
from dictabelt.core.ids import TranscriptionId
from dictabelt.core.nouns import Leg, Origin, Recording, State, Track, Trim
from dictabelt.core.recordings import Within
from dictabelt.core.search import Page, Window
from dictabelt.core.transcript import Transcription, TranscriptState
from dictabelt.dialects.laml import lists, paging, routes, wire
from dictabelt.dialects.laml.flavour import Flavour, Place
from dictabelt.dialects.laml.flavours import SIGNALWIRE, TWILIO
from dictabelt.dialects.laml.parameters import Parameters

_SIP = samples.recording(
    leg=Leg.SIP, origin=Origin.TRUNKING, track=Track.INBOUND, trim=Trim.TRIM_SILENCE
)
_FAILED = samples.recording(
    state=State.FAILED, duration_ms=None, channels=None, error_code="unreadable_audio"
)
_DELETED = samples.recording(deleted_at=datetime(2026, 3, 6, tzinfo=UTC))
_WORDS = Transcription(
    id=TranscriptionId(UUID("6a0d3c5e-9b71-4f28-8d46-e2c1b0a97f53")),
    account=samples.ACCOUNT,
    recording=samples.RECORDING,
    state=TranscriptState.AVAILABLE,
    locale="en-GB",
    created_at=samples.CREATED,
    updated_at=samples.UPDATED,
    text="Is it open today?",
    duration_ms=samples.DURATION_MS,
    price="0.05",
    price_unit="USD",
)
_ASKED = {"DateCreated>": ("2026-03-03",), "PageSize": ("1",)}


def _media_refusals() -> bytes:
    scope = {"path": f"{wire.PREFIXES[0]}/somewhere"}
    told = {it: routes.refuse_media(it, scope) for it in wire.MEDIA_ERRORS}
    return body(
        {
            str(status): {"content-type": content_type, "body": msgspec.json.decode(text)}
            for status, (content_type, text) in told.items()
        }
    )


def _page(speaks: Flavour, items: tuple[Recording, ...]) -> bytes:
    """The first of several pages."""
    wanted = lists.recordings(Parameters(_ASKED), speaks, within=Within())
    sheet = paging.sheet(
        Page(items, more=bool(items)),
        wanted.turn,
        speaks=speaks,
        place=paging.RECORDINGS.below(speaks.below(samples.ACCOUNT)),
        render=lambda it: speaks.recording(it, Place(HOST)),
    )
    return body(speaks.envelope(sheet))


def _transcripts(speaks: Flavour) -> bytes:
    asked = paging.Turn(0, Window(50), None, ())
    one = f"{speaks.below(samples.ACCOUNT)}/Recordings/{speaks.spell('RE', samples.RECORDING)}"
    sheet = paging.sheet(
        Page((_WORDS,), more=False),
        asked,
        speaks=speaks,
        place=paging.TRANSCRIPTIONS.below(one),
        render=speaks.transcription,
    )
    return body(speaks.envelope(sheet))


def _twilio(it: Recording, within: Within | None = None) -> bytes:
    return body(TWILIO.recording(it, Place(HOST, within or Within())))


SHAPES = {
    "recording": lambda: body(wire.recording(samples.recording())),
    "recording-conference": lambda: body(wire.recording(samples.conference_recording())),
    "recording-sip": lambda: body(wire.recording(_SIP)),
    "recording-failed": lambda: body(wire.recording(_FAILED)),
    "recording-minimal": lambda: body(wire.recording(samples.bare_recording())),
    "media-refusals": _media_refusals,
    "recordings": lambda: _page(SIGNALWIRE, (samples.recording(),)),
    "recordings-empty": lambda: _page(SIGNALWIRE, ()),
    "transcription": lambda: body(SIGNALWIRE.transcription(_WORDS)),
    "transcriptions": lambda: _transcripts(SIGNALWIRE),
    "twilio-recording": lambda: _twilio(samples.recording()),
    "twilio-recording-minimal": lambda: _twilio(samples.bare_recording()),
    "twilio-recording-deleted": lambda: _twilio(_DELETED),
    "twilio-recording-failed": lambda: _twilio(_FAILED),
    "twilio-recording-of-call": lambda: _twilio(samples.recording(), Within(call=samples.CALL)),
    "twilio-recording-of-conference": lambda: _twilio(
        samples.conference_recording(), Within(conference=samples.CONFERENCE)
    ),
    "twilio-recordings": lambda: _page(TWILIO, (samples.recording(),)),
    "twilio-recordings-empty": lambda: _page(TWILIO, ()),
    "twilio-transcription": lambda: body(TWILIO.transcription(_WORDS)),
    "twilio-transcriptions": lambda: _transcripts(TWILIO),
}
