"""The native API's words: ids as they are, milliseconds, instants in RFC 3339, problems."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from dictabelt.core.errors import (
    Conflict,
    Damaged,
    DeviceBound,
    Forbidden,
    Held,
    Invalid,
    KeyReused,
    MissingKey,
    NotFound,
    NotLive,
    NotReady,
    TooBusy,
    Unauthorized,
    VaultError,
)
from dictabelt.core.ids import RecordingId, read_uuid
from dictabelt.core.media import Media
from dictabelt.core.nouns import Call, Contact, Party, Recording, State
from dictabelt.http.dialect import MethodNotAllowed, NoSuchPath, Visit, Visitor
from dictabelt.http.times import iso_microseconds

MILLISECOND = timedelta(milliseconds=1)

PREFIX = "/vault/v1"
RECORDINGS = PREFIX + "/recordings"

STATE = {it: it.value for it in State}

# Waiting does not help, and which file it is is for the operator alone.
DAMAGED = (
    "What is kept of this media is damaged. Its owner must restore the file from a backup; then"
    " `dictabelt check --read-data` has it served again."
)
# RFC 9457: (status, the last part of `type`, title, detail)
ERRORS: dict[type[VaultError], tuple[int, str, str, str]] = {
    VaultError: (500, "internal", "Internal Server Error", "The server failed; try again."),
    MissingKey: (401, "no-key", "No Key", "Send Authorization: Bearer and a key."),
    Unauthorized: (401, "bad-key", "Bad Key", "{reason}"),
    Forbidden: (403, "forbidden", "Forbidden", "{reason}"),
    NotFound: (404, "not-found", "Not Found", "{reason}"),
    NoSuchPath: (404, "no-such-path", "No Such Path", "/docs lists what is answered."),
    MethodNotAllowed: (405, "method-not-allowed", "Method Not Allowed", "{reason}"),
    Invalid: (400, "invalid", "Invalid Request", "{reason}"),
    Conflict: (409, "conflict", "Conflict", "{reason}"),
    Held: (409, "held", "Legal Hold", "{reason}"),
    NotReady: (409, "not-ready", "Not Ready", "{reason}"),
    NotLive: (409, "not-live", "Not In Progress", "{reason}"),
    KeyReused: (409, "key-reused", "Idempotency-Key Reused", "{reason}"),
    DeviceBound: (409, "device-bound", "Device Bound", "{reason}"),
    TooBusy: (429, "too-busy", "Too Busy", "{reason}"),
    Damaged: (500, "damaged", "Damaged", DAMAGED),
}
MEDIA_ERRORS = {
    405: ("method-not-allowed", "Method Not Allowed", "Use GET or HEAD."),
    412: ("precondition", "Precondition Failed", "A condition in the headers does not hold."),
    416: ("range", "Range Not Satisfiable", "None of the ranges lies within the media."),
}


def problem(status: int, kind: str, *, title: str, detail: str, instance: str) -> dict[str, object]:
    """A problem details object (RFC 9457 section 3); `type` leads to its explanation."""
    return {
        "type": f"/docs?api=native#{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": quote(instance),
    }


def faults(refusal: VaultError) -> list[Mapping[str, str]]:
    """The field at fault, where one is."""
    if isinstance(refusal, Invalid) and refusal.field is not None:
        return [{"field": refusal.field, "detail": str(refusal)}]
    return []


def spell(it: Recording) -> str:
    """The recording's UUID."""
    return str(it.id)


def recording_id(text: str) -> RecordingId:
    """Raises NotFound for what is no UUID."""
    id = read_uuid(text)
    if id is None:
        raise NotFound("no such recording")
    return RecordingId(id)


def instant(it: datetime | None) -> str | None:
    """`2026-03-03T09:14:07.482913Z`, to the microsecond; null for none."""
    return None if it is None else iso_microseconds(it)


def recording(it: Recording) -> dict[str, object]:
    """All of a recording; every member is there, null where nothing is known."""
    return {
        "id": str(it.id),
        "account_id": str(it.account),
        "state": STATE[it.state],
        "source": it.source,
        "origin": it.origin,
        "leg": it.leg,
        "call": call(it.call) if it.call else None,
        "conference_id": str(it.conference) if it.conference else None,
        "started_at": instant(it.started_at),
        "ended_at": instant(it.ended_at),
        "duration_ms": it.duration_ms,
        "channels": it.channels,
        "track": it.track,
        "trim": it.trim,
        "price": it.price,
        "price_unit": it.price_unit,
        "error_code": it.error_code,
        "name": it.name,
        "metadata": it.metadata,
        "tags": list(it.tags),
        "speakers": list(it.speakers),
        "device_id": it.device_id,
        "end_user_id": it.end_user_id,
        "transcription_id": None if it.transcript is None else str(it.transcript),
        "hold": it.hold,
        "media": [media(one) for one in it.media],
        "created_at": instant(it.created_at),
        "updated_at": instant(it.updated_at),
        "deleted_at": instant(it.deleted_at),
    }


def call(it: Call) -> dict[str, object]:
    """The call that was recorded; `name` is the id its first vendor gave it."""
    return {
        "id": str(it.id),
        "name": it.vendor_id,
        "direction": it.direction,
        "caller": party(it.caller) if it.caller else None,
        "callee": party(it.callee) if it.callee else None,
        "channel_id": str(it.channel) if it.channel else None,
        "started_at": instant(it.started_at),
        "ended_at": instant(it.ended_at),
    }


def party(it: Party) -> dict[str, object]:
    """One end of a call."""
    return {
        "number": it.number,
        "type": it.type,
        "country": it.country,
        "caller_id_name": it.caller_id_name,
        "contact": contact(it.contact) if it.contact else None,
    }


def contact(it: Contact) -> dict[str, str]:
    """A party as an address book knows it."""
    return {"id": it.id, "key": it.identifier_key, "value": it.identifier_value}


def media(it: Media) -> dict[str, object]:
    """One file of a recording; `fault` says why it cannot be played, `damage` why not any more."""
    signal = it.signal
    return {
        "id": str(it.id),
        "kind": it.kind,
        "content_type": it.content_type,
        "state": it.state,
        "name": it.name,
        "size": it.size,
        "sha256": it.sha256,
        "duration_ms": None if signal is None else signal.duration // MILLISECOND,
        "sample_rate": None if signal is None else signal.sample_rate,
        "channels": None if signal is None else signal.channels,
        "fault": it.fault,
        "damage": it.damage,
        "captured_at": instant(it.captured_at),
        "created_at": instant(it.created_at),
    }


def visit(it: Visitor) -> Visit:
    """Reads all that the vault knows."""
    url = f"{it.base_url}{RECORDINGS}/{it.recording.id}"
    return Visit("all that the vault knows", ("-H", f"Authorization: Bearer {it.key}", url))
