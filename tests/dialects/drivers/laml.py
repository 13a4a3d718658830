"""Drives LaML, in SignalWire's words."""

from collections.abc import Iterator
from datetime import UTC
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx2

from dialects.driver import Ask, Driver, Filter, Listing, Role, basic
from dictabelt.core.nouns import Recording
from dictabelt.dialects.laml import wire
from dictabelt.http.times import rfc2822
from instants import from_rfc2822

ACCOUNT = "/Accounts/{account}"


def _following(answer: httpx2.Response, _: Ask) -> Ask | None:
    link = answer.json()["next_page_uri"]
    if link is None:
        return None
    parts = urlsplit(link)
    return Ask("GET", parts.path, dict(parse_qsl(parts.query)))


def _places(path: str) -> Iterator[str]:
    """The path below every prefix, with and without `.json`."""
    for prefix in wire.PREFIXES:
        yield from (f"{prefix}{ACCOUNT}{path}{extension}" for extension in ("", ".json"))


def _wide() -> Iterator[tuple[str, str]]:
    """Endpoints about a conference, or about a transcription, where the suite has a call."""
    for path in _places("/Conferences/{conference}/Recordings/{sid}"):
        yield from ((method, path) for method in ("GET", "DELETE", "POST"))
    for path in _places("/Recordings/{sid}/Transcriptions/{transcription}"):
        yield from ((method, path) for method in ("GET", "DELETE"))


def _second(it: Recording) -> str:
    return rfc2822(it.created_at.astimezone(UTC))


FILTERS = (
    Filter(
        "CallSid",
        lambda it: {"CallSid": str(it.source_id)},
        lambda it, other: other.call is not None and other.call.id == it.source_id,
    ),
    Filter(
        "ConferenceSid",
        lambda it: {"ConferenceSid": str(it.source_id)},
        lambda it, other: other.conference == it.source_id,
    ),
    Filter(
        "DateCreated",
        lambda it: {"DateCreated": it.created_at.date().isoformat()},
        lambda it, other: it.created_at.date() == other.created_at.date(),
    ),
    Filter(
        "DateCreated<",
        lambda it: {"DateCreated<": it.created_at.isoformat()},
        lambda it, other: other.created_at < it.created_at,
    ),
    Filter(
        "DateCreated>",
        lambda it: {"DateCreated>": it.created_at.isoformat()},
        lambda it, other: other.created_at >= it.created_at,
    ),
    Filter(
        "DateCreated< in RFC 2822",
        lambda it: {"DateCreated<": _second(it)},
        lambda it, other: other.created_at < it.created_at.replace(microsecond=0),
    ),
)


def _listing(path: str, filters: tuple[Filter, ...] = ()) -> Listing:
    return Listing(
        path=path,
        sized=lambda size: {"PageSize": str(size)},
        ids=lambda answer: [UUID(it["sid"]) for it in answer.json()["recordings"]],
        following=_following,
        filters=filters,
    )


DRIVER = Driver(
    proof=basic,
    recording_parameter="sid",
    places=lambda it: {
        "account": str(it.account),
        "call": str(it.source),
        "conference": str(it.source),
        "sid": str(it.recording),
        "transcription": str(it.media),
    },
    read=f"{wire.PREFIXES[0]}{ACCOUNT}/Recordings/{{sid}}.json",
    told=lambda answer: UUID(answer.json()["sid"]),
    heard=lambda answer: answer.json()["uri"].replace(".json", ".wav"),
    refuses=lambda body: (
        isinstance(body, dict) and set(body) == {"code", "message", "more_info", "status"}
    ),
    facts=lambda body: {
        "seconds": body["duration"],
        "stereo": body["channels"] == "2",
        "created": from_rfc2822(str(body["date_created"])),
    },
    bodies={
        ("POST", it): lambda _: {"Status": "paused"}
        for path in ("/Calls/{call}", "/Conferences/{conference}")
        for it in _places(f"{path}/Recordings/{{sid}}")
    },
    roles=dict.fromkeys(_wide(), Role.WIDE),
    listings=(
        *(_listing(it, FILTERS) for it in _places("/Recordings")),
        *(_listing(it) for it in _places("/Calls/{call}/Recordings")),
    ),
    account_parameter="account",
    user_is_account=True,
    no_scope=401,
)
