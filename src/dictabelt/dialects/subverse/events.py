"""SubVerse's webhook of a call that is over: static headers, no signature."""

from datetime import timedelta

import msgspec

from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Direction, Terms
from dictabelt.core.webhook import (
    Correspondent,
    Delivery,
    EventType,
    Letter,
    Notice,
    Patience,
    Receipt,
    Schedule,
)
from dictabelt.dialects.subverse.session import parties
from dictabelt.dialects.subverse.wire import call_id
from dictabelt.http.times import iso_milliseconds

COMPLETED = "call.completed"
# A recording that failed, or never came, does not undo the call.
WORDS = {
    EventType.COMPLETED: COMPLETED,
    EventType.FAILED: COMPLETED,
    EventType.ABSENT: COMPLETED,
}
DIRECTION = {Direction.INBOUND: "inbound", Direction.OUTBOUND: "outbound"}
# The vendor sends a URL that never expires; a link can live for a week, and its path is good
# as a callRecordingUrl for ever.
TERMS = Terms(Variant(Form.MP3), timedelta(days=7), "recording")
_ANSWER = timedelta(seconds=5)


def schedule(_: Delivery) -> Schedule:
    """Three more attempts, 1, 5 and 25 seconds apart, where the receiver failed or was late."""
    return Schedule(
        pauses=tuple(timedelta(seconds=it) for it in (1, 5, 25)),
        patience=Patience(_ANSWER, _ANSWER, _ANSWER),
        acknowledges=lambda status: 200 <= status < 300,
        hopeless=refused,
    )


def refused(receipt: Receipt) -> bool:
    """Whether the receiver answered with anything but a fault of its own."""
    return receipt.status is not None and receipt.status < 500


def letter(it: Notice) -> Letter:
    """`{eventType, createdAt, data}`, with the headers that the owner gave the webhook."""
    own = it.hook.headers if it.hook else {}
    return Letter(
        "POST",
        it.delivery.url,
        {"content-type": "application/json", **own},
        msgspec.json.encode(payload(it)),
    )


def payload(it: Notice) -> dict[str, object]:
    """The body of call.completed; its `callStatus` is spelled as in the events page."""
    recording, said = it.event.recording, it.event.transcription
    ours, theirs = parties(recording.call)
    direction = recording.call.direction if recording.call else None
    return {
        "eventType": COMPLETED,
        "createdAt": iso_milliseconds(it.event.created_at),
        "data": {
            "callId": call_id(recording),
            "customerNumber": theirs.number if theirs else None,
            "callStatus": "call_completed",
            "botNumber": ours.number if ours else None,
            "agentId": None,
            "agentName": ours.caller_id_name if ours else None,
            "callDuration": (recording.duration_ms or 0) // 1000,
            "callDirection": DIRECTION[direction] if direction else None,
            "callTime": iso_milliseconds(recording.started_at or recording.created_at),
            "transcript": said.text if said else None,
            "analysis": None,
            "recordingUrl": it.media_url,
        },
    }


CORRESPONDENT = Correspondent(words=WORDS, letter=letter, schedule=schedule, terms=TERMS)
