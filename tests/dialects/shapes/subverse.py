"""SubVerse's answers, and what it sends."""

from dataclasses import replace
from datetime import timedelta

import samples
from dialects.rendering import body, signed
from dialects.telling import notice
from dictabelt.core.webhook import EventType
from dictabelt.dialects.subverse import events, session, wire


def _signed_url() -> bytes:
    link = samples.link(expires_at=samples.ISSUED + timedelta(hours=1))
    return body(wire.envelope(200, wire.SIGNED, data={"url": signed(link, "subverse")}))


def _session() -> bytes:
    link = samples.link(expires_at=samples.ISSUED + timedelta(hours=1))
    details = session.session(
        samples.recording(), samples.transcription(), url=signed(link, "subverse")
    )
    return body(wire.envelope(200, session.FOUND, data=details))


def _unknown() -> bytes:
    details = session.session(samples.bare_recording(), None, url=None)
    return body(wire.envelope(200, session.FOUND, data=details))


def _completed() -> bytes:
    told = notice(EventType.COMPLETED, samples.recording(), dialect="subverse")
    return events.letter(replace(told, media_url="https://vault.example.com/media/x.mp3")).body


SHAPES = {
    "signed-url": _signed_url,
    "session": _session,
    "session-minimal": _unknown,
    "call-completed": _completed,
}
