"""Drives Relay REST."""

from uuid import UUID

from dialects.driver import Driver, basic
from dictabelt.dialects.relay import wire
from instants import from_iso

DRIVER = Driver(
    proof=basic,
    places=lambda it: {"id": str(it.recording)},
    read=f"{wire.BASE}/{{id}}",
    told=lambda answer: UUID(answer.json()["id"]),
    heard=lambda answer: answer.json()["url"] or None,
    refuses=lambda body: isinstance(body, dict) and set(body) in ({"error"}, {"errors"}),
    facts=lambda body: {
        "seconds": body["duration_in_seconds"],
        "stereo": body["stereo"],
        "created": from_iso(str(body["created_at"])),
    },
    user_is_account=True,
    link_seconds=86_400,
)
