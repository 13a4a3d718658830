"""Webhooks as the vendor signs them: an envelope with a recording, three headers, eight hours."""

import hmac
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256

import msgspec

from dictabelt.core.nouns import State, Terms
from dictabelt.core.webhook import (
    Correspondent,
    Event,
    EventType,
    Hook,
    Letter,
    Notice,
    Patience,
    Schedule,
)
from dictabelt.dialects.bird import wire
from dictabelt.dialects.bird.subscriptions import RECORDING, SERVICE

# What changes the `status` of a recording, or is its first one.
TOLD = (
    EventType.CREATED,
    EventType.IN_PROGRESS,
    EventType.PAUSED,
    EventType.RESUMED,
    EventType.STOPPED,
    EventType.COMPLETED,
    EventType.ABSENT,
    EventType.FAILED,
    EventType.MEDIA_DELETED,
)
# Growing pauses over eight hours (page "Webhook subscriptions", Retries); each is our choice.
SCHEDULE = Schedule(
    pauses=tuple(timedelta(minutes=it) for it in (1, 2, 4, 8, 15, 30, 60, 120, 240)),
    patience=Patience(
        connect=timedelta(seconds=5), read=timedelta(seconds=10), total=timedelta(seconds=30)
    ),
    acknowledges=lambda status: 200 <= status < 300,
)


def correspondent(terms: Terms) -> Correspondent:
    """Tells of recordings, which the vendor does not; `terms` are those of the `url` in it."""
    return Correspondent(
        words=dict.fromkeys(TOLD, RECORDING),
        letter=letter,
        schedule=lambda _: SCHEDULE,
        wants=wants,
        terms=terms,
    )


def wants(hook: Hook, event: Event) -> bool:
    """Whether the filters let the event through: one of the values of each key that is there."""
    it = event.recording
    if event.type is EventType.CREATED and it.state is not State.QUEUED:
        return False  # the state it began in is told by an event of its own
    channel = it.call.channel if it.call else None
    shown = {"channelId": str(channel), "status": wire.STATUS[it.state]}
    asked: dict[str, set[str]] = {}
    for condition in _filters(hook):
        asked.setdefault(condition["key"], set()).add(condition["value"])
    return all(shown[key] in values for key, values in asked.items())


def letter(notice: Notice) -> Letter:
    """One attempt. The timestamp is that of the first one, as the vendor's retries have it."""
    it, url = notice.event.recording, notice.delivery.url
    playable = notice.media_url if it.state is State.AVAILABLE else None
    body = msgspec.json.encode(
        {"service": SERVICE, "event": RECORDING, "payload": wire.recording(it, playable)}
    )
    timestamp = str(int(notice.first_sent_at.timestamp()))
    headers = {
        "content-type": "application/json",
        "messagebird-request-id": str(notice.delivery.id),
        "messagebird-request-timestamp": timestamp,
    }
    if notice.hook is not None and notice.hook.secret:
        headers["messagebird-signature"] = signature(
            notice.hook.secret, timestamp, url=url, body=body
        )
    return Letter("POST", url, headers, body)


def signature(key: str, timestamp: str, *, url: str, body: bytes) -> str:
    """Base64 of the HMAC-SHA256 over timestamp, URL and the body's raw SHA-256, a line each.

    From the page "Verifying a webhook subscription".
    """
    signed = f"{timestamp}\n{url}\n".encode() + sha256(body).digest()
    return b64encode(hmac.digest(key.encode(), signed, sha256)).decode()


def _filters(hook: Hook) -> list[dict[str, str]]:
    return msgspec.convert(hook.details.get("eventFilters", []), list[dict[str, str]])
