"""The native API's answers, and what it sends."""

import samples
from dialects.rendering import body
from dialects.telling import notice
from dictabelt.core.nouns import Recording
from dictabelt.core.search import Page
from dictabelt.core.webhook import EventType
from dictabelt.dialects.native import cursors, events, letters, transcriptions, wire


def _page(*them: Recording, more: bool) -> bytes:
    found = Page(them, more)
    return body(cursors.page(found, id=lambda it: it.id, shown=wire.recording))


def _event() -> bytes:
    told = notice(EventType.COMPLETED, samples.recording(), dialect="native")
    sent = [events.delivery(told.delivery)]
    return body({**events.event(told.event), "deliveries": sent})


SHAPES = {
    "recording": lambda: body(wire.recording(samples.recording())),
    "recording-conference": lambda: body(wire.recording(samples.conference_recording())),
    "recording-minimal": lambda: body(wire.recording(samples.bare_recording())),
    "recordings": lambda: _page(samples.recording(), more=True),
    "recordings-none": lambda: _page(more=False),
    "transcription": lambda: body(transcriptions.transcription(samples.transcription())),
    "event": _event,
    "letter": lambda: (
        letters.letter(notice(EventType.COMPLETED, samples.recording(), dialect="native")).body
    ),
}
