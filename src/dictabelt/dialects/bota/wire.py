"""Bota's words: prefixed ids, the download URL's answer, the error envelope."""

import re
from collections.abc import Mapping
from datetime import datetime

from dictabelt.core.errors import (
    Conflict,
    DeviceBound,
    Forbidden,
    Invalid,
    KeyReused,
    NotFound,
    TooBusy,
    Unauthorized,
    VaultError,
)
from dictabelt.core.ids import MediaId, RecordingId, read_prefixed, spell_prefixed
from dictabelt.core.media import Form, Kind, Media
from dictabelt.core.nouns import Link, Recording
from dictabelt.http import reading
from dictabelt.http.dialect import MethodNotAllowed, Visit, Visitor
from dictabelt.http.layout import Target
from dictabelt.http.times import iso_seconds

BASE = "/v1/recordings"
PROJECT, RECORDING, MEDIA, TRANSCRIPTION = "proj_", "rec_", "med_", "txn_"
EVENT, WEBHOOK, ENDPOINT = "evt_", "wh_", "we_"
_PATH = re.compile(r"([^/]+)/([^/]+)/([^/]+)/(?:audio|image|video)\.[a-z0-9]{1,5}")

# (status, code, message)
ERRORS: dict[type[VaultError], tuple[int, str, str]] = {
    VaultError: (500, "internal_error", "Internal error"),
    Unauthorized: (401, "unauthorized", "{reason}"),
    Forbidden: (403, "forbidden", "{reason}"),
    NotFound: (404, "not_found", "{reason}"),
    MethodNotAllowed: (405, "invalid_request", "{reason}"),
    Invalid: (400, "invalid_request", "The request body is invalid"),
    Conflict: (409, "processing_error", "{reason}"),
    KeyReused: (409, "idempotency_conflict", "{reason}"),
    DeviceBound: (409, "device_already_bound", "{reason}"),
    TooBusy: (429, "rate_limit_exceeded", "{reason}"),
}


def error(
    code: str, message: str, *, details: Mapping[str, str] | None = None
) -> dict[str, object]:
    """The envelope; without `details` where no field is at fault (errors page)."""
    body: dict[str, object] = {"code": code, "message": message}
    return {"error": body if details is None else {**body, "details": details}}


def details(refusal: VaultError) -> dict[str, str] | None:
    """The field at fault and the reason, where the refusal names a field."""
    if isinstance(refusal, Invalid) and refusal.field is not None:
        return {"field": refusal.field, "reason": str(refusal)}
    return None


def spell(it: Recording) -> str:
    """`rec_` and the UUID in hex."""
    return spell_prefixed(RECORDING, it.id)


def recording_id(text: str) -> RecordingId:
    """Raises NotFound for what cannot be an id of ours."""
    id = read_prefixed(RECORDING, text)
    if id is None:
        raise NotFound("no such recording")
    return RecordingId(id)


def media_id(body: bytes) -> MediaId:
    """The `media_id` of a request body. Raises Invalid, or NotFound for no id of ours."""
    if not body.strip():
        raise Invalid("Body must be JSON", field="body")
    id = read_prefixed(MEDIA, reading.required(reading.object_of(body), "media_id", most=100_000))
    if id is None:
        raise NotFound("no such media")
    return MediaId(id)


def download(media: Media, expires_at: datetime, *, url: str) -> dict[str, object]:
    """The answer of download-url; `expires_at` is the instant at which the link dies."""
    return {
        "download_url": url,
        "media_id": spell_prefixed(MEDIA, media.id),
        "content_type": media.content_type,
        "file_size_bytes": media.size,
        "expires_at": iso_seconds(expires_at),
    }


def link_path(link: Link) -> str:
    """`proj_/rec_/med_/audio.opus`, as the seed's download_url has it."""
    project, recording, media = (
        spell_prefixed(PROJECT, link.account),
        spell_prefixed(RECORDING, link.recording),
        spell_prefixed(MEDIA, link.media),
    )
    return f"{project}/{recording}/{media}/{link.name}.{link.extension}"


def link_target(path: str) -> Target | None:
    """Reverses `link_path`; a Bota link always gives the untouched original."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    project = read_prefixed(PROJECT, match[1])
    recording = read_prefixed(RECORDING, match[2])
    media = read_prefixed(MEDIA, match[3])
    if project is None or recording is None or media is None:
        return None
    return Target(project, RecordingId(recording), MediaId(media), Form.ORIGINAL)


def visit(it: Visitor) -> Visit:
    """Asks for a download URL of the first audio."""
    media = next(m for m in it.recording.media if m.kind is Kind.AUDIO)
    curl = (
        *("-X", "POST", "-H", f"Authorization: Bearer {it.key}"),
        *("-H", "Content-Type: application/json"),
        *("-d", f'{{"media_id": "{spell_prefixed(MEDIA, media.id)}"}}'),
        f"{it.base_url}{BASE}/{spell(it.recording)}/download-url",
    )
    return Visit("a download URL for one media", curl)
