"""LaML's words as Twilio has them: prefixed ids, fields by level, envelopes and callbacks."""

from uuid import UUID

from dictabelt.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotLive,
    NotReady,
    TooBusy,
    Unauthorized,
    VaultError,
)
from dictabelt.core.ids import spell_prefixed
from dictabelt.core.nouns import Origin, Recording, Source, State
from dictabelt.core.recordings import ANYWHERE
from dictabelt.core.transcript import Transcription
from dictabelt.dialects.laml.flavour import (
    ACCOUNT,
    CALL,
    CONFERENCE,
    RECORDING,
    TRANSCRIPTION,
    VERSION,
    Occasion,
    Place,
    Refusals,
    Sheet,
)
from dictabelt.dialects.laml.wire import TRANSCRIPT_STATUS, charge
from dictabelt.http.dialect import MethodNotAllowed
from dictabelt.http.times import rfc2822

ROOT = f"/{VERSION}"
DELETED = "deleted"
STATUS = {
    State.QUEUED: "processing",
    State.IN_PROGRESS: "in-progress",
    State.PAUSED: "paused",
    State.PROCESSING: "stopped",
    State.AVAILABLE: "completed",
    State.ABSENT: "absent",
    State.FAILED: "absent",
}
SOURCE = {
    Origin.DIAL_VERB: "DialVerb",
    Origin.CONFERENCE: "Conference",
    Origin.OUTBOUND_API: "OutboundAPI",
    Origin.TRUNKING: "Trunking",
    Origin.RECORD_VERB: "RecordVerb",
    Origin.START_CALL_RECORDING: "StartCallRecordingAPI",
    Origin.START_CONFERENCE_RECORDING: "StartConferenceRecordingAPI",
    Origin.CALL_COMMAND_RECORD: "RecordVerb",
    Origin.CALL_COMMAND_RECORD_CALL: "StartCallRecordingAPI",
    Origin.CREATE_CALL: "OutboundAPI",
    Origin.BRIDGE_CALL: "DialVerb",
    Origin.UPLOAD: "StartCallRecordingAPI",
}
CONFERENCE_SOURCE = {
    it: "StartConferenceRecordingAPI" if it is Origin.START_CONFERENCE_RECORDING else "Conference"
    for it in Origin
}
_SOURCES = {Source.CALL: SOURCE, Source.CONFERENCE: CONFERENCE_SOURCE}

MORE_INFO = "https://www.twilio.com/docs/errors/{code}"
INVALID = 20001
ERRORS: Refusals = {
    VaultError: (500, 20500, "An internal server error has occurred"),
    Unauthorized: (401, 20003, "Authenticate"),
    Forbidden: (401, 20003, "Authenticate"),
    NotFound: (404, 20404, "The requested resource {path} was not found"),
    MethodNotAllowed: (405, 20004, "Method not allowed"),
    Invalid: (400, INVALID, "{reason}"),
    Conflict: (400, 20009, "{reason}"),
    NotLive: (400, 21220, "{reason}"),
    NotReady: (404, 20404, "The requested resource {path} was not found"),
    TooBusy: (429, 20429, "Too Many Requests"),
}


def recording(it: Recording, place: Place) -> dict[str, object]:
    """The fields of the level that it was asked for at (API definition, three recordings)."""
    within = place.within
    if within == ANYWHERE:
        return _of_account(it, place.base)
    if within.conference is not None:
        return _shared(it, f"Conferences/{spell_prefixed(CONFERENCE, within.conference)}/")
    assert within.call is not None
    path = f"Calls/{spell_prefixed(CALL, within.call)}/"
    return {**_shared(it, path), "track": it.track.value}


def _shared(it: Recording, path: str) -> dict[str, object]:
    """The fields of every level; `path` leads from the account to what was recorded."""
    seconds = it.duration_ms and it.duration_ms // 1000
    return {
        "account_sid": spell_prefixed(ACCOUNT, it.account),
        "api_version": VERSION,
        "call_sid": spell_prefixed(CALL, it.call.id) if it.call else None,
        "conference_sid": spell_prefixed(CONFERENCE, it.conference) if it.conference else None,
        "channels": it.channels or 1,
        "date_created": rfc2822(it.created_at),
        "date_updated": rfc2822(it.updated_at),
        "start_time": rfc2822(it.started_at) if it.started_at else None,
        "price": charge(it.price),
        "price_unit": it.price_unit or "USD",
        "duration": None if seconds is None else str(seconds),
        "sid": spell_prefixed(RECORDING, it.id),
        "source": _SOURCES[it.source][it.origin],
        "status": DELETED if it.deleted_at else STATUS[it.state],
        "error_code": _number(it.error_code),
        "uri": f"{_account(it.account)}/{path}Recordings/{spell_prefixed(RECORDING, it.id)}.json",
        "encryption_details": None,
    }


def _of_account(it: Recording, base: str) -> dict[str, object]:
    own = f"{_account(it.account)}/Recordings/{spell_prefixed(RECORDING, it.id)}"
    return {
        **_shared(it, ""),
        "subresource_uris": {
            "add_on_results": f"{own}/AddOnResults.json",
            "transcriptions": f"{own}/Transcriptions.json",
        },
        "media_url": base + own,
    }


def _account(id: UUID) -> str:
    return f"{ROOT}/Accounts/{spell_prefixed(ACCOUNT, id)}"


def _number(error_code: str | None) -> int | None:
    """Twilio's codes are numbers; words that the vault or another vendor wrote have none."""
    code = error_code or ""
    return int(code) if code.isascii() and code.isdigit() and len(code) < 10 else None


def transcription(it: Transcription) -> dict[str, object]:
    """The 13 fields of a transcription; `type` is always fast."""
    seconds = (it.duration_ms or 0) // 1000
    sid = spell_prefixed(TRANSCRIPTION, it.id)
    return {
        "account_sid": spell_prefixed(ACCOUNT, it.account),
        "api_version": VERSION,
        "date_created": rfc2822(it.created_at),
        "date_updated": rfc2822(it.updated_at),
        "duration": str(seconds),
        "price": charge(it.price),
        "price_unit": it.price_unit or "USD",
        "recording_sid": spell_prefixed(RECORDING, it.recording),
        "sid": sid,
        "status": TRANSCRIPT_STATUS[it.state],
        "transcription_text": it.text,
        "type": "fast",
        "uri": f"{_account(it.account)}/Transcriptions/{sid}.json",
    }


def envelope(it: Sheet) -> dict[str, object]:
    """The keys of a list; `start` and `end` count items from 0, both 0 on an empty page."""
    start = it.number * it.size if it.items else 0
    return {
        "end": start + len(it.items) - 1 if it.items else 0,
        "first_page_uri": it.first,
        "next_page_uri": it.following,
        "page": it.number,
        "page_size": it.size,
        "previous_page_uri": it.previous,
        it.key: it.items,
        "start": start,
        "uri": it.uri,
    }


def told(it: Recording, occasion: Occasion) -> tuple[tuple[str, str], ...]:
    """The 11 parameters of a RecordingStatusCallback."""
    conference = it.source is Source.CONFERENCE
    letters, name = (CONFERENCE, "ConferenceSid") if conference else (CALL, "CallSid")
    sid = spell_prefixed(RECORDING, it.id)
    return (
        ("AccountSid", spell_prefixed(ACCOUNT, it.account)),
        (name, spell_prefixed(letters, it.source_id)),
        ("RecordingSid", sid),
        ("RecordingUrl", f"{occasion.base}{_account(it.account)}/Recordings/{sid}"),
        ("RecordingStatus", occasion.word),
        ("RecordingDuration", str((it.duration_ms or 0) // 1000)),
        ("RecordingChannels", str(it.channels or 1)),
        ("RecordingStartTime", rfc2822(it.started_at or it.created_at)),
        ("RecordingSource", _SOURCES[it.source][it.origin]),
        ("RecordingTrack", it.track.value),
        ("ErrorCode", str(_number(it.error_code) or 0)),
    )
