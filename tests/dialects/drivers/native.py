"""Drives the native API."""

from dataclasses import replace
from uuid import UUID

import httpx2

from dialects.driver import Ask, Driver, Filter, Listing, Role
from dictabelt.core.nouns import Recording
from dictabelt.dialects.native import recordings, webhooks, wire

_ONE = recordings.ONE
_LINK = _ONE + "/links/{link}"


def _following(answer: httpx2.Response, it: Ask) -> Ask | None:
    cursor = answer.json()["next_cursor"]
    return None if cursor is None else replace(it, query={**it.query, "cursor": cursor})


def _numbers(it: Recording) -> set[str]:
    """The parties' numbers."""
    parties = (it.call.caller, it.call.callee) if it.call else ()
    return {one.number for one in parties if one is not None}


def _caller(it: Recording) -> str | None:
    return it.call.caller.number if it.call and it.call.caller else None


def _name(it: Recording) -> str | None:
    return it.call.vendor_id if it.call else None


FILTERS = (
    Filter("state", lambda it: {"state": it.state.value}, lambda a, b: a.state is b.state),
    Filter(
        "number",
        lambda it: {"number": min(_numbers(it) or {"nobody"})},
        lambda a, b: min(_numbers(a) or {"nobody"}) in _numbers(b),
    ),
    Filter(
        "caller",
        lambda it: {"caller": _caller(it) or "nobody"},
        lambda a, b: (_caller(a) or "nobody") == _caller(b),
    ),
    Filter(
        "call",
        lambda it: {"call": _name(it) or "nobody"},
        lambda a, b: (_name(a) or "nobody") == _name(b),
    ),
    Filter(
        "conference_id",
        lambda it: {"conference_id": str(it.conference or UUID(int=0))},
        lambda a, b: (a.conference or UUID(int=0)) == b.conference,
    ),
    Filter(
        "created_from",
        lambda it: {"created_from": str(wire.instant(it.created_at))},
        lambda a, b: b.created_at >= a.created_at,
    ),
    Filter(
        "created_before",
        lambda it: {"created_before": str(wire.instant(it.created_at))},
        lambda a, b: b.created_at < a.created_at,
    ),
    Filter(
        "min_duration_ms",
        lambda it: {"min_duration_ms": str(it.duration_ms or 0)},
        lambda a, b: b.duration_ms is not None and b.duration_ms >= (a.duration_ms or 0),
    ),
    Filter(
        "max_duration_ms",
        lambda it: {"max_duration_ms": str(it.duration_ms or 0)},
        lambda a, b: b.duration_ms is not None and b.duration_ms <= (a.duration_ms or 0),
    ),
    Filter("tag", lambda it: {"tag": "none has it"}, lambda a, b: "none has it" in b.tags),
)

DRIVER = Driver(
    proof=lambda _, token: {"authorization": f"Bearer {token}"},
    recording_parameter="id",
    places=lambda it: {
        "id": str(it.recording),
        "media": str(it.media),
        "form": "mp3",
        "link": str(it.source),
        "transcription": str(it.source),
        "key": str(it.source),
        "webhook": str(it.source),
        "event": str(it.source),
    },
    bodies={
        ("POST", wire.RECORDINGS): lambda _: {"name": "new"},
        ("POST", wire.PREFIX + "/uploads"): lambda _: {"not": "audio"},
        ("PATCH", _ONE): lambda _: {"name": "changed"},
        ("POST", _ONE + "/uploads"): lambda _: {"content_type": "audio/wav"},
        ("POST", _ONE + "/links"): lambda _: {"form": "mp3"},
        ("POST", _ONE + "/transcriptions"): lambda _: {"locale": "en-GB", "text": "Hello"},
        ("PUT", _ONE + "/transcriptions/{transcription}"): lambda _: {
            "locale": "en-GB",
            "text": "Hello",
        },
        ("POST", webhooks.ALL): lambda _: {"url": "https://example.com/told"},
    },
    roles={
        ("GET", _ONE): Role.ABOUT,
        ("DELETE", _ONE + "/media"): Role.ACT,
        # There is no link where the suite asks; tests/http/test_leashes.py asks for some.
        ("GET", _LINK): Role.WIDE,
        ("DELETE", _LINK): Role.ACT,
    },
    read=_ONE + "/url",
    told=lambda answer: UUID(answer.json()["recording_id"]),
    heard=lambda answer: answer.json()["url"],
    link_seconds=3_600,
    refuses=lambda body: (
        isinstance(body, dict)
        and set(body) - {"errors"} == {"type", "title", "status", "detail", "instance"}
    ),
    listings=(
        Listing(
            path=wire.RECORDINGS,
            sized=lambda size: {"limit": str(size)},
            ids=lambda answer: [UUID(it["id"]) for it in answer.json()["data"]],
            following=_following,
            filters=FILTERS,
        ),
    ),
)
