"""Webhook subscriptions: what a client may ask to hear of, and how the vendor shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from dictabelt.core.errors import Conflict, Invalid, NotFound
from dictabelt.core.hooks import Wish, refuse_receiver
from dictabelt.core.webhook import Hook
from dictabelt.dialects.bird import paging, reading, wire
from dictabelt.http.times import iso_milliseconds

MOST = 100
# "Webhook subscriptions", Maximum Matching Subscriptions.
MOST_ALIKE = 5
SERVICE = "channels"
# Not the vendor's: it tells of calls alone, and the vault knows of recordings alone.
RECORDING = "voice.recording"
_CALL_STATUS = ("starting", "ringing", "ongoing", "completed", "no-answer", "busy", "failed")
# The values of the filter `status`, by event (page "Voice webhooks").
EVENTS: Mapping[str, tuple[str, ...]] = {
    "voice.inbound": _CALL_STATUS,
    "voice.outbound": ("accepted", *_CALL_STATUS),
    RECORDING: tuple(wire.STATUS.values()),
}
STATUS = {"active": True, "inactive": False}
_LONGEST_KEY = 1000
_CREATE = ("service", "event", "eventFilters", "template", "url", "signingKey")
_CHANGE = ("eventFilters", "template", "url", "signingKey", "status")

Filters = tuple[tuple[str, str], ...]


def wish(raw: bytes) -> Wish:
    """The subscription that a body asks for; without a signing key it is not signed.

    Raises Invalid.
    """
    body = reading.members(raw, _CREATE)
    reading.word(body.get("service"), {SERVICE: SERVICE}, field="service")
    event = reading.word(body.get("event"), {it: it for it in EVENTS}, field="event")
    details = _details(event, _filters(body, event))
    return Wish(
        dialect="bird",
        url=_url(body) or _missing("url"),
        events=frozenset({event}),
        secret=_signing_key(body) or "",
        details=details,
        like=lambda it: (it.dialect, it.details) == ("bird", details),
        most=MOST_ALIKE,
    )


def changed(hook: Hook, raw: bytes, *, among: Sequence[Hook]) -> Hook:
    """The hook with what a body changes of it. Raises Invalid, Conflict when too many are alike."""
    body = reading.members(raw, _CHANGE)
    if not body:
        raise Invalid("the body must change something", field="body")
    details = _shown(hook)
    event = str(details["event"])
    if "eventFilters" in body:
        details = _details(event, _filters(body, event))
    alike = [it for it in among if it.id != hook.id and _shown(it) == details]
    if details != _shown(hook) and len(alike) >= MOST_ALIKE:
        raise Conflict(f"there are {MOST_ALIKE} webhooks like it already; delete one first")
    secret, status = _signing_key(body), body.get("status")
    return replace(
        hook,
        url=_url(body) or hook.url,
        secret=hook.secret if secret is None else secret,
        details=details,
        enabled=hook.enabled if "status" not in body else _enabled(status),
    )


def found(hooks: Sequence[Hook], id: UUID) -> Hook:
    """The one of that id. Raises NotFound."""
    for it in hooks:
        if it.id == id:
            return it
    raise NotFound("no such webhook subscription")


def subscription(it: Hook, organization: UUID) -> dict[str, object]:
    """The vendor's WebhookSubscription; its signing key is never told again."""
    return {
        "id": str(it.id),
        "organizationId": str(organization),
        "workspaceId": str(it.account),
        **_shown(it),
        "url": it.url,
        "status": "active" if it.enabled else "inactive",
        "createdAt": iso_milliseconds(it.created_at),
    }


def subscriptions(
    hooks: Sequence[Hook], query: Mapping[str, str], *, organization: UUID
) -> dict[str, object]:
    """A page, newest first; an account has a hundred at most. Raises Invalid."""
    window = paging.window(query, most=MOST)
    newest = sorted(hooks, key=lambda it: (it.created_at, it.id), reverse=True)
    if window.behind is not None:
        ids: list[UUID] = [it.id for it in newest]
        newest = newest[ids.index(window.behind) + 1 :] if window.behind in ids else []
    shown = newest[: window.limit]
    more = len(newest) > len(shown)
    following = paging.token(shown[-1].created_at, shown[-1].id) if more else None
    return paging.envelope([subscription(it, organization) for it in shown], following)


def _shown(it: Hook) -> Mapping[str, object]:
    """The details; those of a hook that another API made for this one are the widest."""
    return it.details or _details(RECORDING, ())


def _details(event: str, filters: Filters) -> dict[str, object]:
    told = [{"key": key, "value": value} for key, value in filters]
    return {"service": SERVICE, "event": event, "eventFilters": told}


def _filters(body: Mapping[str, object], event: str) -> Filters:
    """In one order, so that two that ask for the same are alike. Raises Invalid."""
    given = body.get("eventFilters")
    if given is None:
        return ()
    if not isinstance(given, list):
        raise Invalid("eventFilters must be an array", field="eventFilters")
    filters = tuple(sorted({_filter(it, event) for it in given}))
    if [key for key, _ in filters].count("channelId") > 1:
        raise Invalid("eventFilters takes one channelId", field="eventFilters")
    return filters


def _filter(given: object, event: str) -> tuple[str, str]:
    if not isinstance(given, dict) or set(given) != {"key", "value"}:
        raise Invalid("each of eventFilters has a key and a value", field="eventFilters")
    key, value = given["key"], given["value"]
    if key == "status":
        words = {it: it for it in EVENTS[event]}
        return key, reading.word(value, words, field="eventFilters")
    if key == "channelId" and isinstance(value, str):
        return key, str(reading.identifier(value, field="eventFilters"))
    raise Invalid("eventFilters knows channelId and status", field="eventFilters")


def _url(body: Mapping[str, object]) -> str | None:
    url = reading.member(body, "url", kind=str)
    if url is not None:
        refuse_receiver(url, field="url")
    return url


def _signing_key(body: Mapping[str, object]) -> str | None:
    # Accepted like the vendor does, without a meaning here.
    reading.member(body, "template", kind=str)
    key = reading.member(body, "signingKey", kind=str)
    if key is not None and not 1 <= len(key) <= _LONGEST_KEY:
        raise Invalid(f"signingKey has 1 to {_LONGEST_KEY} characters", field="signingKey")
    return key


def _enabled(status: object) -> bool:
    return reading.word(status, STATUS, field="status")


def _missing(name: str) -> str:
    raise Invalid(f"{name} is required", field=name)
