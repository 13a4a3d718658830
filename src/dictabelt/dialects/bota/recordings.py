"""Bota's recordings: the object, what makes one, what finds some."""

from collections.abc import Mapping
from datetime import datetime

from dictabelt.core.ids import spell_prefixed
from dictabelt.core.media import Kind, Media, MediaState
from dictabelt.core.nouns import Known, Origin, Recording, State
from dictabelt.core.search import Search, Window
from dictabelt.core.uploads import Announced
from dictabelt.dialects.bota.wire import MEDIA, TRANSCRIPTION, spell
from dictabelt.http import reading
from dictabelt.http.times import iso_seconds

DEFAULT, MOST = 25, 100
_FURTHEST = 10**9
_LARGEST_FILE = 2**50

# A recording is complete once it is transcribed (recordings page, life cycle).
TRANSCRIBED = "completed"
STATUS = {
    State.QUEUED: "pending",
    State.IN_PROGRESS: "pending",
    State.PAUSED: "pending",
    State.PROCESSING: "processing",
    State.AVAILABLE: "uploaded",
    State.ABSENT: "failed",
    State.FAILED: "failed",
}
# What was uploaded and cannot be played was uploaded all the same.
MEDIA_STATUS = {
    MediaState.PENDING: "pending",
    MediaState.UPLOADED: "uploaded",
    MediaState.UNREADABLE: "uploaded",
}
TYPE = {it.value: it for it in Kind}
# What each type of file may be, its default first (upload page).
CONTENT_TYPES = {
    Kind.AUDIO: (
        "audio/opus",
        "audio/wav",
        "audio/mpeg",
        "audio/mp4",
        "audio/webm",
        "audio/ogg",
        "audio/flac",
        "audio/aac",
    ),
    Kind.IMAGE: ("image/jpeg", "image/png"),
    Kind.VIDEO: ("video/mp4",),
}


def status(it: Recording) -> str:
    """The word of REST; webhooks have others."""
    done = it.state is State.AVAILABLE and it.transcript is not None
    return TRANSCRIBED if done else STATUS[it.state]


def recording(it: Recording) -> dict[str, object]:
    """The recording, every field there, null where nothing is known."""
    return {
        "id": spell(it),
        "device_id": it.device_id,
        "end_user_id": it.end_user_id,
        "name": it.name,
        "status": status(it),
        "duration_ms": it.duration_ms,
        "started_at": _instant(it.started_at),
        "ended_at": _instant(it.ended_at),
        "transcription_id": (
            None if it.transcript is None else spell_prefixed(TRANSCRIPTION, it.transcript)
        ),
        "media": [media(one) for one in it.media],
        "metadata": it.metadata,
        "created_at": iso_seconds(it.created_at),
    }


def media(it: Media) -> dict[str, object]:
    """One file of a recording."""
    return {
        "id": spell_prefixed(MEDIA, it.id),
        "type": it.kind.value,
        "mime_type": it.content_type,
        "file_size_bytes": it.size,
        "status": MEDIA_STATUS[it.state],
        "captured_at": _instant(it.captured_at),
        "created_at": iso_seconds(it.created_at),
    }


def made(body: bytes, *, by_device: bool) -> Known:
    """The recording that a request wants made. Raises Invalid.

    A device need not say who it is, and is not heard when it does.
    """
    given = reading.object_of(body)
    owner = reading.text if by_device else reading.required
    return Known(
        origin=Origin.UPLOAD,
        started_at=reading.moment(given, "started_at"),
        ended_at=reading.moment(given, "ended_at"),
        name=reading.text(given, "name"),
        metadata=reading.mapping(given, "metadata"),
        device_id=reading.text(given, "device_id"),
        end_user_id=owner(given, "end_user_id"),
    )


def announced(body: bytes) -> Announced:
    """The file that a request wants a place for. Raises Invalid."""
    given = reading.object_of(body)
    kind = reading.word(given.get("type"), TYPE, field="type")
    allowed = CONTENT_TYPES[kind]
    content_type = given.get("content_type", allowed[0])
    return Announced(
        kind=kind,
        content_type=reading.word(
            content_type, dict(zip(allowed, allowed, strict=True)), field="content_type"
        ),
        size=reading.number(given, "file_size_bytes", least=0, most=_LARGEST_FILE),
        captured_at=reading.moment(given, "captured_at"),
    )


def search(given: Mapping[str, tuple[str, ...]]) -> tuple[Search, Window]:
    """What a list's query asks for. Raises Invalid."""
    limit, offset = reading.single(given, "limit"), reading.single(given, "offset")
    wanted = reading.single(given, "status")
    states, transcribed = (frozenset[State](), None) if wanted is None else _states(wanted)
    found = Search(
        device_id=reading.single(given, "device_id"),
        end_user_id=reading.single(given, "end_user_id"),
        states=states,
        transcribed=transcribed,
    )
    window = Window(
        DEFAULT if limit is None else reading.whole(limit, field="limit", least=1, most=MOST),
        skip=0
        if offset is None
        else reading.whole(offset, field="offset", least=0, most=_FURTHEST),
    )
    return found, window


def _states(text: str) -> tuple[frozenset[State], bool | None]:
    """The states behind a word, and whether it speaks of the transcribed ones."""
    words = {word: word for word in (*STATUS.values(), TRANSCRIBED)}
    wanted = reading.word(text, words, field="status")
    if wanted == TRANSCRIBED:
        return frozenset({State.AVAILABLE}), True
    states = frozenset(state for state, word in STATUS.items() if word == wanted)
    return states, False if State.AVAILABLE in states else None


def _instant(it: datetime | None) -> str | None:
    return None if it is None else iso_seconds(it)
