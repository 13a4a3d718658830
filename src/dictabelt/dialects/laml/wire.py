"""LaML's words as SignalWire has them: 21 fields, envelopes, errors and callbacks."""

from collections.abc import Mapping
from decimal import Decimal

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
from dictabelt.core.ids import RecordingId, read_uuid
from dictabelt.core.media import Form
from dictabelt.core.nouns import Origin, Recording, Source, State, Trim
from dictabelt.core.transcript import Transcription, TranscriptState
from dictabelt.core.webhook import EventType
from dictabelt.dialects.laml.flavour import VERSION, Occasion, Refusals, Sheet
from dictabelt.http.dialect import MethodNotAllowed, Visit, Visitor
from dictabelt.http.times import rfc2822

# SignalWire's own SDKs send to the root, its documents say /api/laml.
PREFIXES = (f"/api/laml/{VERSION}", f"/{VERSION}")

STATUS = {
    State.QUEUED: "queued",
    State.IN_PROGRESS: "in-progress",
    State.PAUSED: "paused",
    State.PROCESSING: "stopped",
    State.AVAILABLE: "completed",
    State.ABSENT: "absent",
    # There is no word for failed; `error_code` tells it from what was never recorded.
    State.FAILED: "absent",
}
SOURCE = {
    Origin.DIAL_VERB: "DialVerb",
    Origin.CONFERENCE: "Conference",
    Origin.OUTBOUND_API: "OutBoundApi",
    Origin.TRUNKING: "Trunking",
    Origin.RECORD_VERB: "RecordVerb",
    Origin.START_CALL_RECORDING: "StartCallRecordingApi",
    Origin.START_CONFERENCE_RECORDING: "StartConferenceRecording",
    Origin.CALL_COMMAND_RECORD: "RecordVerb",
    Origin.CALL_COMMAND_RECORD_CALL: "StartCallRecordingApi",
    Origin.CREATE_CALL: "OutBoundApi",
    Origin.BRIDGE_CALL: "DialVerb",
    Origin.UPLOAD: "StartCallRecordingApi",
}
# A conference's recording has one of these two sources only (conference recordings page).
CONFERENCE_SOURCE = {
    it: "StartConferenceRecording" if it is Origin.START_CONFERENCE_RECORDING else "Conference"
    for it in Origin
}
_SOURCES = {Source.CALL: SOURCE, Source.CONFERENCE: CONFERENCE_SOURCE}
TRIM = {Trim.DO_NOT_TRIM: "do-not-trim", Trim.TRIM_SILENCE: "trim-silence"}
# The page knows `completed` alone; the rest are Twilio's words, truer than that one.
TRANSCRIPT_STATUS = {
    TranscriptState.ACCEPTED: "in-progress",
    TranscriptState.ONGOING: "in-progress",
    TranscriptState.AVAILABLE: "completed",
    TranscriptState.FAILED: "failed",
}
# What a RecordingStatusCallback can be told of (status callback page).
EVENT = {
    EventType.IN_PROGRESS: "in-progress",
    EventType.COMPLETED: "completed",
    EventType.ABSENT: "absent",
    EventType.FAILED: "absent",
}

# Twilio's words for the media types; SignalWire names none.
CONTENT_TYPE = {Form.WAV: "audio/x-wav", Form.MP3: "audio/mpeg"}
MEDIA = ("", ".wav", ".mp3")

MORE_INFO = "https://signalwire.com/docs/compatibility-api/reference/errors"
INVALID = 10000
# (status, code, message); the codes are SignalWire's (error reference).
ERRORS: Refusals = {
    VaultError: (500, 20504, "Internal server error"),
    Unauthorized: (401, 20003, "Authentication failed"),
    # The vendor lists no 403 on recordings; a token without the Voice scope gets 401.
    Forbidden: (401, 20003, "Authentication failed"),
    NotFound: (404, 20404, "The requested resource {path} was not found"),
    MethodNotAllowed: (405, 20004, "Method not allowed"),
    Invalid: (400, INVALID, "{reason}"),
    Conflict: (400, 20009, "{reason}"),
    NotLive: (400, 21220, "{reason}"),
    # Media that is not finished is not there yet (media statuses are 200 and 404).
    NotReady: (404, 20404, "The requested resource {path} was not found"),
    TooBusy: (429, 20429, "Too many requests"),
}
# Parameters that have a code of their own (error reference); the rest have the flavour's.
CODES: Mapping[str, int] = {
    "PageToken": 21481,
    "Trim": 13699,
    "RecordingStatusCallback": 21456,
    "RecordingStatusCallbackEvent": 13621,
    "RecordingStatusCallbackMethod": 13221,
    "RequestedChannels": 16113,
    "Twilio.CURRENT": 16108,
}

MEDIA_ERRORS = {
    405: (20004, "Method not allowed"),
    412: (10000, "A condition in the request's headers does not hold"),
    416: (10000, "None of the ranges lies within the media at {path}"),
}


def error(status: int, code: int, *, message: str) -> dict[str, object]:
    """The flat error of every recording endpoint."""
    return {"code": code, "message": message, "more_info": MORE_INFO, "status": status}


def wants_json(accept: str) -> bool:
    """Whether JSON is named and nothing that audio would be too (RFC 9110 section 12.5.1)."""
    names = [it.partition(";")[0].strip().lower() for it in accept.split(",")]
    return "application/json" in names and not any(
        it == "*/*" or it.startswith("audio/") for it in names
    )


def spell(it: Recording) -> str:
    """The Sid of the recording."""
    return str(it.id)


def recording_id(text: str) -> RecordingId:
    """Raises NotFound for what is no UUID."""
    id = read_uuid(text)
    if id is None:
        raise NotFound("no such recording")
    return RecordingId(id)


def recording(it: Recording) -> dict[str, object]:
    """The 21 fields, all of them always there (seed, response)."""
    channels = str(it.channels or 1)
    account, sid = str(it.account), str(it.id)
    own = f"{PREFIXES[0]}/Accounts/{account}/Recordings/{sid}"
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": VERSION,
        "call_sid": str(it.call.id) if it.call else None,
        "conference_sid": str(it.conference) if it.conference else None,
        "channel": channels,
        "channels": channels,
        "date_created": rfc2822(it.created_at),
        "date_updated": rfc2822(it.updated_at),
        "start_time": rfc2822(it.started_at) if it.started_at else None,
        "end_time": rfc2822(it.ended_at) if it.ended_at else None,
        "duration": (it.duration_ms or 0) // 1000,
        "price": charge(it.price),
        "price_unit": it.price_unit or "USD",
        "source": _SOURCES[it.source][it.origin],
        "status": STATUS[it.state],
        "error_code": it.error_code,
        "uri": f"{own}.json",
        "subresource_uris": {"transcriptions": f"{own}/Transcriptions.json"},
        "encryption_details": None,
        "trim": TRIM[it.trim],
    }


def charge(price: str | None) -> str | None:
    """A cost as LaML writes it: negative, a string (SDKs make a Decimal of it)."""
    return None if price is None else f"{-Decimal(price):f}"


def transcription(it: Transcription) -> dict[str, object]:
    """The 12 fields of "Retrieve a Transcription"; `type` is always empty."""
    return {
        "sid": str(it.id),
        "account_sid": str(it.account),
        "api_version": VERSION,
        "recording_sid": str(it.recording),
        "date_created": rfc2822(it.created_at),
        "date_updated": rfc2822(it.updated_at),
        "duration": (it.duration_ms or 0) // 1000,
        "price": charge(it.price),
        "price_unit": it.price_unit or "USD",
        "status": TRANSCRIPT_STATUS[it.state],
        "transcription_text": it.text,
        "type": "",
        "uri": f"{PREFIXES[0]}/Accounts/{it.account}/Transcriptions/{it.id}.json",
    }


def envelope(it: Sheet) -> dict[str, object]:
    """The keys of a list; SDKs refuse a page that has any other beside them."""
    return {
        "uri": it.uri,
        "first_page_uri": it.first,
        "next_page_uri": it.following,
        "previous_page_uri": it.previous,
        "page": it.number,
        "page_size": it.size,
        it.key: it.items,
    }


def told(it: Recording, occasion: Occasion) -> tuple[tuple[str, str], ...]:
    """The 8 parameters of a RecordingStatusCallback."""
    about = f"{occasion.base}{PREFIXES[0]}/Accounts/{it.account}/Recordings/{it.id}"
    return (
        ("AccountSid", str(it.account)),
        ("ConferenceSid" if it.source is Source.CONFERENCE else "CallSid", str(it.source_id)),
        ("RecordingSid", str(it.id)),
        ("RecordingUrl", about),
        ("RecordingStatus", occasion.word),
        ("RecordingDuration", str((it.duration_ms or 0) // 1000)),
        ("RecordingChannels", str(it.channels or 1)),
        ("RecordingSource", _SOURCES[it.source][it.origin]),
    )


def visit(it: Visitor) -> Visit:
    """Downloads the MP3, which needs no key."""
    url = f"{it.base_url}{PREFIXES[0]}/Accounts/{it.account}/Recordings/{it.recording.id}.mp3"
    return Visit("the MP3, public unless the account protects media", ("-o", "laml.mp3", url))
