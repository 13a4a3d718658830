"""Bota's answers, and what it sends."""

from dataclasses import replace
from datetime import timedelta

import samples
from dialects.rendering import body, signed
from dialects.telling import notice
from dictabelt.core.media import Form, Kind, Variant
from dictabelt.core.nouns import State
from dictabelt.core.webhook import EventType, Notice
from dictabelt.dialects.bota import events, recordings, webhooks, wire

_OWNED = samples.recording(
    device_id="dev_1",
    end_user_id="eu_1",
    name="Visit",
    metadata={"case": 7},
    transcript=samples.TRANSCRIPTION,
    media=(
        samples.media(content_type="audio/opus"),
        samples.media(kind=Kind.IMAGE, content_type="image/jpeg", signal=None),
    ),
)
_BARE = samples.bare_recording()


def _download(kind: Kind, content_type: str, extension: str) -> bytes:
    media = samples.media(kind=kind, content_type=content_type)
    link = samples.link(
        variant=Variant(Form.ORIGINAL),
        name=kind.value,
        extension=extension,
        expires_at=samples.ISSUED + timedelta(hours=1),
    )
    return body(wire.download(media, link.expires_at, url=signed(link, "bota")))


def _told(type: EventType) -> Notice:
    return notice(type, replace(_OWNED, deleted_at=samples.UPDATED), dialect="bota")


def _transcribed() -> bytes:
    told = _told(EventType.TRANSCRIPTION_COMPLETED)
    event = replace(told.event, transcription=samples.transcription())
    return events.letter(replace(told, event=event)).body


def _hook(shape: webhooks.Shape) -> bytes:
    hook = _told(EventType.COMPLETED).hook
    assert hook is not None
    wanted = replace(hook, events=frozenset({"recording.uploaded"}))
    return body({**shape.shown(wanted), "secret": wanted.secret})


SHAPES = {
    "download-audio": lambda: _download(Kind.AUDIO, "audio/opus", "opus"),
    "download-image": lambda: _download(Kind.IMAGE, "image/jpeg", "jpg"),
    "recording": lambda: body(recordings.recording(_OWNED)),
    "recording-minimal": lambda: body(recordings.recording(replace(_BARE, state=State.QUEUED))),
    "recordings": lambda: body({"data": [recordings.recording(_OWNED)], "has_more": True}),
    "webhook": lambda: _hook(webhooks.PLAIN),
    "webhook-endpoint": lambda: _hook(webhooks.FULL),
    "event-created": lambda: events.letter(_told(EventType.CREATED)).body,
    "event-uploaded": lambda: events.letter(_told(EventType.COMPLETED)).body,
    "event-deleted": lambda: events.letter(_told(EventType.DELETED)).body,
    "event-transcribed": _transcribed,
}
