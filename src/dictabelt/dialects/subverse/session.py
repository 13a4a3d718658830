"""SubVerse's sessions (version 2 of its API): a call, what was said in it, its recording."""

from dictabelt.core.errors import (
    Forbidden,
    Invalid,
    MissingKey,
    NotFound,
    TooBusy,
    Unauthorized,
    VaultError,
)
from dictabelt.core.nouns import Call, Direction, Party, Recording, State
from dictabelt.core.transcript import Segment, Transcription
from dictabelt.dialects.subverse.wire import call_id
from dictabelt.http.dialect import MethodNotAllowed
from dictabelt.http.times import iso_milliseconds

PREFIX = "/api/session"
PATH = PREFIX + "/fetch/{sessionId}"
FOUND = "Session details found"
# The page "Fetch session" words it so for an empty id.
EMPTY = "Expected string length greater or equal to 1"

# (HTTP status and responseCode, errorCode, message)
SESSION_ERRORS: dict[type[VaultError], tuple[int, str, str]] = {
    VaultError: (500, "internalError", "Internal server error"),
    MissingKey: (401, "apiKeyMissing", "API key missing"),
    Unauthorized: (401, "apiKeyInvalid", "Invalid API key"),
    Forbidden: (401, "apiKeyInvalid", "Invalid API key"),
    NotFound: (404, "sessionNotFound", "Session not found"),
    Invalid: (422, "validationError", EMPTY),
    MethodNotAllowed: (405, "methodNotAllowed", "Method not allowed"),
    TooBusy: (429, "tooManyRequests", "Too many requests, try again later"),
}
# A call whose recording failed, or was never made, was a call all the same.
STATUS = {
    State.QUEUED: "call_in_queue",
    State.IN_PROGRESS: "call_in_progress",
    State.PAUSED: "call_in_progress",
    State.PROCESSING: "completed",
    State.AVAILABLE: "completed",
    State.ABSENT: "completed",
    State.FAILED: "completed",
}
CHANNEL = {Direction.INBOUND: "inboundSipTrunk", Direction.OUTBOUND: "outboundSipTrunk"}


def refusal(code: int, error_code: str, *, message: str) -> dict[str, object]:
    """The ApiError of version 2."""
    return {"responseCode": code, "errorCode": error_code, "message": message, "data": None}


def session_id(text: str) -> str:
    """Raises Invalid for nothing but white space."""
    if not text.strip():
        raise Invalid(EMPTY, field="sessionId")
    return text


def session(it: Recording, said: Transcription | None, *, url: str | None) -> dict[str, object]:
    """The session's details; what the vault does not know is null, or empty."""
    ours, theirs = parties(it.call)
    direction = (it.call.direction if it.call else None) or Direction.INBOUND
    return {
        "sessionId": call_id(it),
        "agentDetails": {
            "name": ours.caller_id_name if ours else None,
            "number": ours.number if ours else None,
            "email": None,
            "version": None,
        },
        "userDetails": {
            "id": it.end_user_id,
            "name": theirs.caller_id_name if theirs else None,
            "number": theirs.number if theirs else None,
            "email": None,
        },
        "dynamicVariables": dict(it.metadata or {}),
        "communicationChannelType": CHANNEL[direction],
        "communicationChannelName": None,
        "transcript": [line(seg) for seg in said.segments] if said else [],
        "analysis": {"summary": said.summary} if said and said.summary else None,
        "status": STATUS[it.state],
        "time": iso_milliseconds(it.started_at or it.created_at),
        "createdAt": iso_milliseconds(it.created_at),
        "updatedAt": iso_milliseconds(it.updated_at),
        "duration": (it.duration_ms or 0) // 1000,
        "retryAttemptNo": 0,
        "recordingUrl": url,
    }


def parties(call: Call | None) -> tuple[Party | None, Party | None]:
    """Our side of the call, and the other."""
    if call is None:
        return None, None
    if call.direction is Direction.OUTBOUND:
        return call.caller, call.callee
    return call.callee, call.caller


def line(it: Segment) -> dict[str, object]:
    """One message of a transcript; the first channel is the customer's."""
    role = it.speaker or ("assistant" if it.channel == 2 else "user")
    return {"type": "message", "role": role, "content": it.text}
