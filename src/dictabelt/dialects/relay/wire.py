"""Relay REST's words: the recording by leg, and the error bodies."""

from dictabelt.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooBusy,
    Unauthorized,
    VaultError,
)
from dictabelt.core.ids import RecordingId, read_uuid
from dictabelt.core.nouns import Leg, Recording, State, Track
from dictabelt.core.variants import wav_size
from dictabelt.http.dialect import MethodNotAllowed, Visit, Visitor
from dictabelt.http.times import iso_seconds

BASE = "/api/relay/rest/recordings"

STATUS = {
    State.QUEUED: "queued",
    State.IN_PROGRESS: "in-progress",
    State.PAUSED: "paused",
    State.PROCESSING: "stopped",
    State.AVAILABLE: "completed",
    State.ABSENT: "absent",
    State.FAILED: "failed",
}
# The key that holds the leg's id (seed: PstnRecording, SipRecording, WebRtcRecording).
LEG = {
    Leg.PSTN: "relay_pstn_leg_id",
    Leg.SIP: "relay_sip_leg_id",
    Leg.WEBRTC: "relay_webrtc_leg_id",
    Leg.CONFERENCE: "relay_conference_id",
}
TRACK = {Track.INBOUND: "inbound", Track.OUTBOUND: "outbound", Track.BOTH: "both"}

ERRORS: dict[type[VaultError], tuple[int, str]] = {
    VaultError: (500, "Internal Server Error"),
    Unauthorized: (401, "Unauthorized"),
    Forbidden: (403, "Forbidden"),
    NotFound: (404, "Not Found"),
    MethodNotAllowed: (405, "Method Not Allowed"),
    Invalid: (422, "Unprocessable Entity"),
    Conflict: (422, "Unprocessable Entity"),
    TooBusy: (503, "Service Unavailable"),
}


def error(words: str) -> dict[str, object]:
    """StatusCode401, 404 and 500 of the seed, and their like."""
    return {"error": words}


def validation(refusal: VaultError) -> dict[str, object]:
    """ValidationError of the seed; all four values are strings."""
    item = {
        "detail": str(refusal),
        "status": "422",
        "title": "Invalid Attribute",
        "code": "422",
    }
    return {"errors": [item]}


def spell(it: Recording) -> str:
    """The id of the recording."""
    return str(it.id)


def recording_id(text: str) -> RecordingId:
    """Raises Invalid unless `text` is a UUID, as the seed types the path parameter."""
    id = read_uuid(text)
    if id is None:
        raise Invalid("Id must be a UUID", field="id")
    return RecordingId(id)


def recording(it: Recording, url: str | None) -> dict[str, object]:
    """One of the leg shapes; what the seed does not require is left out when unknown."""
    body: dict[str, object] = {
        "id": str(it.id),
        "project_id": str(it.account),
        "created_at": iso_seconds(it.created_at),
        "updated_at": iso_seconds(it.updated_at),
        "duration_in_seconds": (it.duration_ms or 0) // 1000,
        "error_code": it.error_code,
        "price": float(it.price or 0),
        "price_unit": it.price_unit or "USD",
        "status": STATUS[it.state],
        # Required and a string, so what has no file yet has an empty one.
        "url": url or "",
        "stereo": it.channels == 2,
        "byte_size": None if url is None else wav_size(it.audio),
        "track": TRACK[it.track],
        LEG[it.leg]: str(it.source_id),
    }
    optional = ("error_code", "byte_size")
    return {key: value for key, value in body.items() if key not in optional or value is not None}


def visit(it: Visitor) -> Visit:
    """Reads the metadata."""
    url = f"{it.base_url}{BASE}/{it.recording.id}"
    return Visit("metadata, with a link to the audio", ("-u", f"{it.account}:{it.key}", url))
