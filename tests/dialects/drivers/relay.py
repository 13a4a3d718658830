"""Drives Relay REST."""

from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx2

from dialects.driver import Ask, Driver, Listing, basic
from dictabelt.dialects.relay import wire
from instants import from_iso


def _following(answer: httpx2.Response, _: Ask) -> Ask | None:
    # signalwire-sdk takes the query of `next` and asks its own path again
    link = answer.json()["links"].get("next")
    return None if link is None else Ask("GET", wire.BASE, dict(parse_qsl(urlsplit(link).query)))


DRIVER = Driver(
    proof=basic,
    recording_parameter="id",
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
    listings=(
        Listing(
            path=wire.BASE,
            sized=lambda size: {"page_size": str(size)},
            ids=lambda answer: [UUID(it["id"]) for it in answer.json()["data"]],
            following=_following,
        ),
    ),
)
