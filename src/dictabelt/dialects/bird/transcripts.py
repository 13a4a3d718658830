"""Transcriptions: the vendor's Transcription, its content in four formats, requests for one."""

from collections.abc import Callable, Mapping

import msgspec

from dictabelt.core.errors import NotFound
from dictabelt.core.search import Page
from dictabelt.core.transcript import Segment, Transcription, TranscriptState
from dictabelt.dialects.bird import paging, reading, subtitles, wire
from dictabelt.dialects.bird.locales import DEFAULT, LOCALES
from dictabelt.http.times import iso_milliseconds

MOST = 99
# `accepted` and `available` are the vendor's examples; the others are a recording's words.
STATUS = {
    TranscriptState.ACCEPTED: "accepted",
    TranscriptState.ONGOING: "ongoing",
    TranscriptState.AVAILABLE: "available",
    TranscriptState.FAILED: "failed",
}


def transcription(it: Transcription) -> dict[str, object]:
    """The vendor's Transcription in the key order of its example; what is unknown is left out."""
    body = {
        "id": str(it.id),
        "recordingId": str(it.recording),
        "status": STATUS[it.state],
        "stereo": it.channels == 2,
        "locale": it.locale,
        "summary": it.summary,
        "createdAt": iso_milliseconds(it.created_at),
        "updatedAt": iso_milliseconds(it.updated_at),
    }
    return wire.known(body)


def transcriptions(page: Page[Transcription]) -> dict[str, object]:
    """A page of them."""
    last = page.items[-1] if page.more else None
    following = paging.token(last.created_at, last.id) if last else None
    return paging.envelope([transcription(it) for it in page.items], following)


def locale(raw: bytes) -> str:
    """The locale that a request asks for, `en-US` where it names none. Raises Invalid.

    The vendor's schema requires it and has a default; its example sends no
    body. The other members name things that the vault does not have.
    """
    ids = ("messageId", "conversationId", "recordingId")
    body = reading.members(raw, ("locale", *ids))
    for name in ids:
        text = reading.member(body, name, kind=str)
        if text is not None:
            reading.identifier(text, field=name)
    return reading.word(body.get("locale", DEFAULT), LOCALES, field="locale")


def content(it: Transcription, format: str) -> tuple[str, bytes]:
    """Media type and bytes of what was said. Raises NotFound until it is there."""
    if it.state is not TranscriptState.AVAILABLE:
        raise NotFound("the transcription is not available")
    media_type, write = FORMATS[format]
    return media_type, write(it)


def _json(it: Transcription) -> bytes:
    """The vendor says nothing of its shape; milliseconds of the audio, channels from 1."""
    body = {
        "id": str(it.id),
        "recordingId": str(it.recording),
        "locale": it.locale,
        "text": it.text or "",
        "segments": [_segment(one) for one in it.segments],
    }
    return msgspec.json.encode(body)


def _segment(it: Segment) -> dict[str, object]:
    return wire.known(
        {
            "startMs": it.start_ms,
            "endMs": it.end_ms,
            "text": it.text,
            "channel": it.channel,
            "speaker": it.speaker,
        }
    )


FORMATS: Mapping[str, tuple[str, Callable[[Transcription], bytes]]] = {
    "json": ("application/json", _json),
    "srt": ("application/x-subrip; charset=utf-8", lambda it: subtitles.srt(it).encode()),
    "vtt": ("text/vtt; charset=utf-8", lambda it: subtitles.vtt(it).encode()),
    "txt": ("text/plain; charset=utf-8", lambda it: f"{it.text or ''}\n".encode()),
}
_BY_NAME = {it: it for it in FORMATS}


def format_of(query: Mapping[str, str]) -> str | None:
    """The format that the parameter asks for, None for the metadata. Raises Invalid."""
    asked = query.get("format")
    return None if asked is None else reading.word(asked, _BY_NAME, field="format")
