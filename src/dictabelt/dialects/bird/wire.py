"""Bird's words: the Recording schema of the seed, its ids, its link layout, its errors."""

import re
from collections.abc import Mapping

from dictabelt.core.errors import (
    Conflict,
    Forbidden,
    Held,
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
from dictabelt.core.nouns import (
    Contact,
    Direction,
    Leg,
    Link,
    Origin,
    Party,
    Recording,
    Source,
    State,
)
from dictabelt.http.dialect import MethodNotAllowed, Visit, Visitor
from dictabelt.http.layout import Target
from dictabelt.http.times import iso_milliseconds

STATUS = {
    State.QUEUED: "accepted",
    State.IN_PROGRESS: "ongoing",
    State.PAUSED: "paused",
    State.PROCESSING: "completed",
    State.AVAILABLE: "available",
    State.ABSENT: "absent",
    State.FAILED: "failed",
}
SOURCE = {Source.CALL: "call", Source.CONFERENCE: "conference"}
DIRECTION = {Direction.INBOUND: "incoming", Direction.OUTBOUND: "outgoing"}
ORIGIN = {
    Origin.DIAL_VERB: "bridge-call",
    Origin.CONFERENCE: "call-command-record-call",
    Origin.OUTBOUND_API: "create-call",
    Origin.TRUNKING: "bridge-call",
    Origin.RECORD_VERB: "call-command-record",
    Origin.START_CALL_RECORDING: "call-command-record-call",
    Origin.START_CONFERENCE_RECORDING: "call-command-record-call",
    Origin.CALL_COMMAND_RECORD: "call-command-record",
    Origin.CALL_COMMAND_RECORD_CALL: "call-command-record-call",
    Origin.CREATE_CALL: "create-call",
    Origin.BRIDGE_CALL: "bridge-call",
    Origin.UPLOAD: "call-command-record-call",
}
# The schema knows two types; a SIP address is no telephone number, so it goes with WebRTC.
NUMBER_TYPE = {
    Leg.PSTN: "pstn",
    Leg.SIP: "webrtc",
    Leg.WEBRTC: "webrtc",
    Leg.CONFERENCE: "webrtc",
}

# Codes are not published; PascalCase of five letters and more meets the schema.
ERRORS: dict[type[VaultError], tuple[int, str, str]] = {
    VaultError: (500, "InternalError", "Internal server error"),
    Unauthorized: (401, "Unauthorized", "Authentication failed"),
    Forbidden: (403, "AccessDenied", "The access key does not allow this action"),
    NotFound: (404, "ResourceNotFound", "Resource not found"),
    MethodNotAllowed: (405, "MethodNotAllowed", "The method is not allowed here"),
    NotReady: (404, "ResourceNotFound", "Recording not found"),
    NotLive: (404, "ResourceNotFound", "Call or recording not found, or not in progress"),
    Conflict: (409, "ResourceConflict", "The state of the resource does not allow this action"),
    Held: (409, "ResourceConflict", "The recording is under legal hold"),
    Invalid: (422, "InvalidPayload", "The request did not pass validation"),
    TooBusy: (429, "TooManyRequests", "Too many requests, try again later"),
}
# What is missing, by the part of the path that stands before its id.
MISSING = {
    "/transcriptions/": "Transcription not found",
    "/webhook-subscriptions/": "Webhook subscription not found",
    "/recordings/": "Recording not found",
}
_LINK = re.compile(r"workspaceID:([^/]+)/sourceID:[^/]+/([^/]+)\.mp3")


def error(code: str, message: str) -> dict[str, object]:
    """`code` and `message` alone: 422 forbids `details` (seed, schemas.Error)."""
    return {"code": code, "message": message}


def missing(path: str) -> str:
    """What a 404 at that path says."""
    words = (words for part, words in MISSING.items() if part in path)
    return next(words, ERRORS[NotFound][2])


def spell(it: Recording) -> str:
    """The id of the recording."""
    return str(it.id)


def recording_id(text: str) -> RecordingId:
    """Raises NotFound for a file extension other than .mp3, Invalid for what is no UUID."""
    id = read_uuid(text)
    if id is not None:
        return RecordingId(id)
    if "." in text:
        raise NotFound("no such form of a recording")
    raise Invalid("recordingId must be a UUID", field="recordingId")


def recording(it: Recording, url: str | None) -> dict[str, object]:
    """The seed's Recording in its key order; what is unknown is left out, never null."""
    call = it.call
    body = {
        "id": str(it.id),
        "sourceId": str(it.source_id),
        "channelId": str(call.channel) if call and call.channel else None,
        "originator": party(call.caller) if call and call.caller else None,
        "receiver": party(call.callee) if call and call.callee else None,
        "source": SOURCE[it.source],
        "direction": DIRECTION[call.direction] if call and call.direction else None,
        "origin": ORIGIN[it.origin],
        "status": STATUS[it.state],
        "duration": None if it.duration_ms is None else it.duration_ms // 1000,
        "format": "mp3",
        "stereo": it.channels == 2,
        "transcription": it.transcription,
        "conferenceId": str(it.conference) if it.conference else None,
        "url": url,
        "createdAt": iso_milliseconds(it.created_at),
        "updatedAt": iso_milliseconds(it.updated_at),
        "startedAt": iso_milliseconds(it.started_at) if it.started_at else None,
        "endedAt": iso_milliseconds(it.ended_at) if it.ended_at else None,
    }
    return known(body)


def party(it: Party) -> dict[str, object]:
    """CallIdentifier of the seed: a contact where one is known, else the number's identity."""
    number = {
        "type": NUMBER_TYPE[it.type],
        # Digits without the plus in `number`, with it in `identity` (seed, example).
        "number": it.number.removeprefix("+"),
        "anonymous": it.anonymous,
        "callerIdName": it.caller_id_name,
        "identity": it.number if it.contact is None else None,
        "countryIsoCode": it.country,
    }
    return known({"contact": contact(it.contact) if it.contact else None, "number": known(number)})


def contact(it: Contact) -> dict[str, object]:
    """Contact of the seed; all three are required."""
    return {
        "id": it.id,
        "identifierKey": it.identifier_key,
        "identifierValue": it.identifier_value,
    }


def link_path(link: Link) -> str:
    """The seed's object key: workspace, source, recording."""
    return f"workspaceID:{link.account}/sourceID:{link.source}/{link.recording}.mp3"


def link_target(path: str) -> Target | None:
    """Reverses `link_path`: the MP3 of the first audio."""
    match = _LINK.fullmatch(path)
    if match is None:
        return None
    workspace, recording = read_uuid(match[1]), read_uuid(match[2])
    if workspace is None or recording is None:
        return None
    return Target(workspace, RecordingId(recording), None, Form.MP3)


def visit(it: Visitor) -> Visit:
    """Reads the metadata."""
    url = f"{it.base_url}/workspaces/{it.account}/recordings/{it.recording.id}"
    return Visit(
        "metadata, with a presigned URL", ("-H", f"Authorization: AccessKey {it.key}", url)
    )


def known(body: Mapping[str, object]) -> dict[str, object]:
    """The body without what is unknown: the vendor leaves it out, and sends no null for it."""
    return {key: value for key, value in body.items() if value is not None}
