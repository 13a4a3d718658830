"""Bird's answers."""

from uuid import UUID

import samples
from dialects.rendering import body, signed
from dictabelt.core.ids import HookId, RecordingId, TranscriptionId
from dictabelt.core.links import Linked
from dictabelt.core.nouns import Recording, State
from dictabelt.core.search import Page
from dictabelt.core.transcript import Segment, Transcription, TranscriptState
from dictabelt.core.webhook import Hook
from dictabelt.dialects.bird import calls, lists, subscriptions, transcripts, wire

_BOTH_CONTACTS = samples.recording(
    call=samples.call(
        caller=samples.caller(
            contact=samples.contact(identifier_value="+442079460100"),
            caller_id_name="Harbour Clinic",
            anonymous=False,
        )
    ),
    transcription=True,
)


_LIVE = samples.recording(state=State.IN_PROGRESS, ended_at=None, duration_ms=None, media=())
_SAID = Transcription(
    id=TranscriptionId(UUID("4b1f0a63-7c0e-4c52-8f0a-1d2c3b4a5e6f")),
    account=samples.ACCOUNT,
    recording=RecordingId(samples.RECORDING),
    state=TranscriptState.AVAILABLE,
    locale="en-GB",
    created_at=samples.CREATED,
    updated_at=samples.UPDATED,
    text="Harbour Clinic. Good morning.",
    segments=(
        Segment(400, 1_900, "Harbour Clinic.", channel=2, speaker="Clinic"),
        Segment(2_100, 3_000, "Good morning."),
    ),
    summary="A greeting.",
    channels=2,
)
_HOOK = Hook(
    id=HookId(UUID("0a9d8c7b-6e5f-4a3b-9c2d-1e0f9a8b7c6d")),
    account=samples.ACCOUNT,
    dialect="bird",
    url="https://hooks.example.com/bird",
    created_at=samples.CREATED,
    secret="KeV+/HGoIQrxuE5Y",
    details={
        "service": "channels",
        "event": "voice.recording",
        "eventFilters": [{"key": "status", "value": "available"}],
    },
)


def _playable(it: Recording) -> bytes:
    return body(wire.recording(it, signed(samples.link(source=it.source_id), "bird")))


def _listed(*them: Recording, more: bool) -> bytes:
    link = samples.link(source=samples.CALL)
    page = Page(tuple(Linked(it, it.audio, link if it.audio else None) for it in them), more)
    return body(lists.recordings(page, lambda it: signed(it, "bird")))


SHAPES = {
    "recording": lambda: _playable(samples.recording()),
    "recording-both-contacts": lambda: _playable(_BOTH_CONTACTS),
    "recording-conference": lambda: _playable(samples.conference_recording()),
    "recording-minimal": lambda: body(wire.recording(samples.bare_recording(), None)),
    "recordings": lambda: _listed(samples.recording(), samples.bare_recording(), more=True),
    "recordings-last": lambda: _listed(samples.bare_recording(), more=False),
    "recordings-none": lambda: _listed(more=False),
    "call-recording": lambda: body(calls.recording(samples.recording())),
    "call-recording-live": lambda: body(calls.recording(_LIVE)),
    "call-recordings": lambda: body(calls.recordings(Page((_LIVE,), more=True))),
    "command": lambda: body(calls.command(_LIVE, "recordCall", id=samples.MEDIA)),
    "transcription": lambda: body(transcripts.transcription(_SAID)),
    "transcriptions": lambda: body(transcripts.transcriptions(Page((_SAID,), more=True))),
    "transcript": lambda: transcripts.content(_SAID, "json")[1],
    "subscription": lambda: body(subscriptions.subscription(_HOOK, samples.CONFERENCE)),
}
