"""Notices of fixed events, for the letters that dialects write."""

from typing import Any
from uuid import UUID

import samples
from dictabelt.core.ids import DeliveryId, EventId, HookId
from dictabelt.core.nouns import Recording
from dictabelt.core.webhook import Delivery, Event, EventType, Hook, Notice

EVENT = EventId(UUID("0f8b2c6d-4e1a-4b7c-9d3e-5a6b7c8d9e0f"))
DELIVERY = DeliveryId(UUID("1a9c3d7e-5f2b-4c8d-8e4f-6b7c8d9e0f1a"))
HOOK = HookId(UUID("2bad4e8f-603c-4d9e-9f50-7c8d9e0f1a2b"))
RECEIVER = "https://app.example.com/told?by=dictabelt"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def notice(
    type: EventType, recording: Recording, *, dialect: str, callback: bool = False, **more: Any
) -> Notice:
    """The first attempt to tell a hook, or a recording's own callback, of an event."""
    event = Event(EVENT, samples.ACCOUNT, type, samples.UPDATED, recording)
    hook = Hook(
        id=HOOK,
        account=samples.ACCOUNT,
        dialect=dialect,
        url=RECEIVER,
        created_at=samples.CREATED,
        secret=SECRET,
    )
    delivery = Delivery(
        id=DELIVERY,
        account=samples.ACCOUNT,
        event=EVENT,
        dialect=dialect,
        url=RECEIVER,
        created_at=samples.UPDATED,
        hook=None if callback else HOOK,
    )
    given: dict[str, Any] = {
        "event": event,
        "delivery": delivery,
        "hook": None if callback else hook,
        "now": samples.ISSUED,
        "first_sent_at": samples.UPDATED,
        "base": "https://vault.example.com",
        "signing_key": "PSK_examplekey",
    }
    return Notice(**{**given, **more})
