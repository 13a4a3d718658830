"""LaML's answers."""

import msgspec

import samples
from dialects.rendering import body
from dictabelt.core.nouns import Leg, Origin, State, Track, Trim
from dictabelt.dialects.laml import routes, wire

_SIP = samples.recording(
    leg=Leg.SIP, origin=Origin.TRUNKING, track=Track.INBOUND, trim=Trim.TRIM_SILENCE
)
_FAILED = samples.recording(
    state=State.FAILED, duration_ms=None, channels=None, error_code="unreadable_audio"
)


def _media_refusals() -> bytes:
    scope = {"path": f"{wire.PREFIXES[0]}/somewhere"}
    told = {it: routes.refuse_media(it, scope) for it in wire.MEDIA_ERRORS}
    return body(
        {
            str(status): {"content-type": content_type, "body": msgspec.json.decode(text)}
            for status, (content_type, text) in told.items()
        }
    )


SHAPES = {
    "recording": lambda: body(wire.recording(samples.recording())),
    "recording-conference": lambda: body(wire.recording(samples.conference_recording())),
    "recording-sip": lambda: body(wire.recording(_SIP)),
    "recording-failed": lambda: body(wire.recording(_FAILED)),
    "recording-minimal": lambda: body(wire.recording(samples.bare_recording())),
    "media-refusals": _media_refusals,
}
