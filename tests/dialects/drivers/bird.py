"""Drives Bird."""

from typing import NoReturn
from uuid import UUID, uuid5

import httpx2

from dialects.driver import Ask, Driver, Filter, Listing, Role, Subject
from dictabelt.core.nouns import Call, Party, Recording
from dictabelt.dialects.bird import wire
from instants import from_iso

_BASE = "/workspaces/{workspaceId}"
_ONE = f"{_BASE}/recordings/{{recordingId}}"
_CALL = f"{_BASE}/channels/{{channelId}}/calls/{{callId}}"
_HOOK = {
    "service": "channels",
    "event": "voice.recording",
    "url": "https://hooks.example.com/bird",
}


def _places(it: Subject) -> dict[str, str]:
    # Nobody knows the channel of these calls, so any leads to them; the others are nobody's.
    made = {name: str(uuid5(it.recording, name)) for name in ("channel", "text", "hook", "house")}
    return {
        "workspaceId": str(it.account),
        "recordingId": str(it.recording),
        "channelId": made["channel"],
        "callId": str(it.source),
        "transcriptionId": made["text"],
        "webhookSubscriptionId": made["hook"],
        "organizationId": made["house"],
    }


def _following(answer: httpx2.Response, ask: Ask) -> Ask | None:
    token = answer.json().get("nextPageToken")
    return None if token is None else Ask("GET", ask.path, {**ask.query, "pageToken": token})


def _unknown() -> NoReturn:
    raise TypeError("the recording knows nothing to filter by")


def _call(it: Recording) -> Call:
    return it.call or _unknown()


def _number(it: Recording, party: str) -> str:
    found: Party | None = getattr(_call(it), party)
    return found.number if found else _unknown()


_FILTERS = (
    Filter(
        "sourceId",
        lambda it: {"sourceId": str(it.source_id)},
        lambda it, other: other.source_id == it.source_id,
    ),
    Filter(
        "id",
        lambda it: {"id": str(_call(it).id)},
        lambda it, other: other.call == it.call,
    ),
    Filter(
        "direction",
        lambda it: {"direction": wire.DIRECTION[_call(it).direction or _unknown()]},
        lambda it, other: other.call is not None and other.call.direction is _call(it).direction,
    ),
    Filter(
        "from",
        lambda it: {"from": _number(it, "caller").removeprefix("+")},
        lambda it, other: (
            other.call is not None
            and other.call.caller is not None
            and other.call.caller.number == _number(it, "caller")
        ),
    ),
    Filter(
        "to",
        lambda it: {"to": _number(it, "callee")},
        lambda it, other: (
            other.call is not None
            and other.call.callee is not None
            and other.call.callee.number == _number(it, "callee")
        ),
    ),
    Filter(
        "startAt",
        lambda it: {"startAt": it.created_at.isoformat()},
        lambda it, other: other.created_at >= it.created_at,
    ),
    Filter(
        "endAt",
        lambda it: {"endAt": it.created_at.isoformat()},
        lambda it, other: other.created_at < it.created_at,
    ),
    Filter(
        "status",
        lambda it: {"status": wire.STATUS[it.state]},
        lambda it, other: other.state is it.state,
    ),
)

DRIVER = Driver(
    proof=lambda _, token: {"authorization": f"AccessKey {token}"},
    recording_parameter="recordingId",
    places=_places,
    read=_ONE,
    told=lambda answer: UUID(answer.json()["id"]),
    heard=lambda answer: answer.json().get("url"),
    refuses=lambda body: isinstance(body, dict) and set(body) == {"code", "message"},
    facts=lambda body: {
        "seconds": body["duration"],
        "stereo": body["stereo"],
        "created": from_iso(str(body["createdAt"])),
    },
    account_parameter="workspaceId",
    link_seconds=600,
    # The media goes and the recording stays, which is not what other dialects call to delete. A
    # recording of a call has no link.
    roles={
        ("DELETE", _ONE): Role.ACT,
        ("GET", f"{_CALL}/recordings/{{recordingId}}"): Role.ABOUT,
    },
    bodies={
        ("PATCH", f"{_CALL}/recordings/{{recordingId}}"): lambda _: {"status": "paused"},
        **{
            ("POST", f"{it}{_BASE}/webhook-subscriptions"): lambda _: _HOOK
            for it in ("", "/organizations/{organizationId}")
        },
    },
    listings=(
        Listing(
            path=f"{_BASE}/recordings",
            sized=lambda size: {"limit": str(size)},
            ids=lambda answer: [UUID(it["id"]) for it in answer.json()["results"]],
            following=_following,
            filters=_FILTERS,
        ),
    ),
)
