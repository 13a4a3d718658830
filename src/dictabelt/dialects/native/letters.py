"""Webhooks by the Standard Webhooks specification."""

from datetime import timedelta

import msgspec
from standardwebhooks import Webhook

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
from dictabelt.dialects.native import wire
from dictabelt.dialects.native.transcriptions import transcription

WORDS = {it: it.value for it in EventType}
# Standard Webhooks, "Deliverability and reliability": nine more attempts within about four days.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
# The specification asks for 15 to 30 seconds.
_ANSWER = timedelta(seconds=20)
_GONE = 410


def schedule(_: Delivery) -> Schedule:
    """Whatever is not a 2xx is tried again; 410 says that nobody wants it."""
    return Schedule(
        pauses=PAUSES,
        patience=Patience(_ANSWER, _ANSWER, _ANSWER),
        acknowledges=lambda status: 200 <= status < 300,
        hopeless=gone,
    )


def gone(receipt: Receipt) -> bool:
    """Whether the receiver said that it is there no more."""
    return receipt.status == _GONE


def letter(it: Notice) -> Letter:
    """One attempt: `webhook-id` stays, `webhook-timestamp` is this attempt's."""
    assert it.hook is not None
    body, id = msgspec.json.encode(payload(it)), f"msg_{it.event.id.hex}"
    headers = {
        **it.hook.headers,
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(int(it.now.timestamp())),
        "webhook-signature": Webhook(it.hook.secret).sign(id, it.now, body.decode()),
    }
    return Letter("POST", it.delivery.url, headers, body)


def payload(it: Notice) -> dict[str, object]:
    """`{type, timestamp, data}`; data holds the recording as it was."""
    data: dict[str, object] = {"recording": wire.recording(it.event.recording)}
    if it.event.transcription is not None:
        data["transcription"] = transcription(it.event.transcription)
    return {
        "type": it.event.type.value,
        "timestamp": wire.instant(it.event.created_at),
        "data": data,
    }


CORRESPONDENT = Correspondent(words=WORDS, letter=letter, schedule=schedule)
