"""Relay's answers, a shape for each leg."""

from datetime import timedelta

import samples
from dialects.rendering import body, signed
from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Leg, Recording, State, Track
from dictabelt.core.search import Page
from dictabelt.dialects.relay import paging, wire

_SIP = samples.recording(leg=Leg.SIP, track=Track.INBOUND)
_WEBRTC = samples.recording(leg=Leg.WEBRTC, track=Track.OUTBOUND)
_FAILED = samples.recording(
    state=State.FAILED, duration_ms=None, channels=None, error_code="unreadable_audio"
)


def _playable(it: Recording) -> bytes:
    link = samples.link(
        variant=Variant(Form.WAV),
        extension="wav",
        expires_at=samples.ISSUED + timedelta(days=1),
    )
    return body(wire.recording(it, signed(link, "relay")))


def _list() -> bytes:
    asked = paging.Asked(1, 1, paging.BEHIND + str(samples.MEDIA))
    page = Page((_FAILED,), more=True)
    links = paging.links(asked, page, path=wire.BASE)
    return body({"links": links, "data": [wire.recording(_FAILED, None)]})


SHAPES = {
    "recordings": _list,
    "recording-pstn": lambda: _playable(samples.recording()),
    "recording-sip": lambda: _playable(_SIP),
    "recording-webrtc": lambda: _playable(_WEBRTC),
    "recording-conference": lambda: _playable(samples.conference_recording()),
    "recording-failed": lambda: body(wire.recording(_FAILED, None)),
    "recording-minimal": lambda: body(wire.recording(samples.bare_recording(), None)),
}
