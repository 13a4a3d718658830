"""Bota's webhook letters: the envelope, what each event says, the signature."""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256

import msgspec

from dictabelt.core.ids import spell_prefixed
from dictabelt.core.media import Media
from dictabelt.core.nouns import Recording
from dictabelt.core.transcript import Transcription
from dictabelt.core.webhook import (
    Correspondent,
    Delivery,
    EventType,
    Letter,
    Notice,
    Patience,
    Schedule,
)
from dictabelt.dialects.bota.wire import EVENT, TRANSCRIPTION, spell
from dictabelt.http.times import iso_seconds

WORDS = {
    EventType.CREATED: "recording.created",
    EventType.COMPLETED: "recording.uploaded",
    EventType.DELETED: "recording.deleted",
    EventType.TRANSCRIPTION_REQUESTED: "transcription.started",
    EventType.TRANSCRIPTION_COMPLETED: "transcription.completed",
    EventType.TRANSCRIPTION_FAILED: "transcription.failed",
}
# Webhooks page: at once, then after 1 and 5 minutes, half an hour, 2 and 8 hours.
PAUSES = tuple(timedelta(minutes=it) for it in (1, 5, 30, 120, 480))
_ANSWER = timedelta(seconds=30)


def schedule(_: Delivery) -> Schedule:
    """Six attempts; whatever is not a 2xx is tried again, a 4xx too."""
    return Schedule(
        pauses=PAUSES,
        patience=Patience(_ANSWER, _ANSWER, _ANSWER),
        acknowledges=lambda status: 200 <= status < 300,
    )


def signature(secret: str, timestamp: int, *, body: bytes) -> str:
    """`v1=` and the hex HMAC-SHA256 of timestamp, a dot and the body (webhooks page)."""
    signed = f"{timestamp}.".encode() + body
    return "v1=" + hmac.digest(secret.encode(), signed, sha256).hex()


def letter(it: Notice) -> Letter:
    """One attempt, signed at its own instant: receivers allow five minutes."""
    body, stamp = msgspec.json.encode(envelope(it)), int(it.now.timestamp())
    headers = {
        "content-type": "application/json",
        "x-bota-timestamp": str(stamp),
        "x-bota-event-id": spell_prefixed(EVENT, it.event.id),
        "x-bota-signature": signature(it.hook.secret if it.hook else "", stamp, body=body),
    }
    return Letter("POST", it.delivery.url, headers, body)


def envelope(it: Notice) -> dict[str, object]:
    """`{id, type, created_at, data}`."""
    return {
        "id": spell_prefixed(EVENT, it.event.id),
        "type": WORDS[it.event.type],
        "created_at": iso_seconds(it.event.created_at),
        "data": _data(it),
    }


def _data(it: Notice) -> dict[str, object]:
    recording, said = it.event.recording, it.event.transcription
    if said is not None:
        return {**_transcribed(said), "recording_id": spell(recording)}
    match it.event.type:
        case EventType.CREATED:
            return created(recording)
        case EventType.DELETED:
            at = recording.deleted_at or it.event.created_at
            return {**_owned(recording), "deleted_at": iso_seconds(at)}
        case _:
            return uploaded(recording)


def created(it: Recording) -> dict[str, object]:
    """Its status is a word that REST does not have (events page)."""
    return {
        **_owned(it),
        "status": "created",
        "consent_obtained": bool((it.metadata or {}).get("consent_obtained", False)),
        "metadata": it.metadata,
        "created_at": iso_seconds(it.created_at),
    }


def uploaded(it: Recording) -> dict[str, object]:
    """Lengths are seconds with a fraction here, milliseconds in REST (events page)."""
    heard = it.audio
    return {
        **_owned(it),
        "status": "uploaded",
        "duration_seconds": None if it.duration_ms is None else it.duration_ms / 1000,
        "file_size_bytes": heard.size if heard else None,
        "format": _format(heard),
        "started_at": iso_seconds(it.started_at) if it.started_at else None,
        "ended_at": iso_seconds(it.ended_at) if it.ended_at else None,
        "uploaded_at": iso_seconds(it.updated_at),
    }


def _transcribed(it: Transcription) -> Mapping[str, object]:
    return {
        "id": spell_prefixed(TRANSCRIPTION, it.id),
        "status": it.state.value,
        "language": it.locale,
        "text": it.text,
        "error": it.error,
        "created_at": iso_seconds(it.created_at),
    }


def _owned(it: Recording) -> dict[str, object]:
    return {"id": spell(it), "end_user_id": it.end_user_id, "device_id": it.device_id}


def _format(it: Media | None) -> str | None:
    return None if it is None else it.content_type.rpartition("/")[2].removeprefix("x-")


CORRESPONDENT = Correspondent(words=WORDS, letter=letter, schedule=schedule)
