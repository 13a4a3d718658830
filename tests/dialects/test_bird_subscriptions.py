"""Bird's webhook subscriptions as bodies: what may be asked for, and what is shown."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samples
from dictabelt.core.errors import Conflict, Invalid, NotFound
from dictabelt.core.ids import HookId
from dictabelt.core.webhook import Hook
from dictabelt.dialects.bird import subscriptions

CHANNEL = str(samples.CHANNEL)
BODY: dict[str, Any] = {
    "service": "channels",
    "event": "voice.recording",
    "url": "https://hooks.example.com/bird?a=1",
    "signingKey": "secret",
    "eventFilters": [
        {"key": "status", "value": "failed"},
        {"key": "channelId", "value": CHANNEL.upper()},
        {"key": "status", "value": "available"},
        {"key": "status", "value": "failed"},
    ],
}
FILTERS = [
    {"key": "channelId", "value": CHANNEL},
    {"key": "status", "value": "available"},
    {"key": "status", "value": "failed"},
]


def raw(**changes: object) -> bytes:
    """The body with these members, and without those that are `...`."""
    body = {**BODY, **changes}
    return msgspec.json.encode({name: it for name, it in body.items() if it is not ...})


def hook(**changes: Any) -> Hook:
    wish = subscriptions.wish(raw())
    made = Hook(
        id=HookId(uuid4()),
        account=samples.ACCOUNT,
        dialect="bird",
        url=wish.url,
        created_at=samples.CREATED,
        events=wish.events,
        secret=wish.secret or "",
        details=wish.details,
    )
    return replace(made, **changes)


def test_a_wish_has_what_the_body_says() -> None:
    wish = subscriptions.wish(raw())
    assert (wish.dialect, wish.url, wish.secret) == ("bird", BODY["url"], "secret")
    assert wish.events == {"voice.recording"}
    assert wish.details == {
        "service": "channels",
        "event": "voice.recording",
        "eventFilters": FILTERS,
    }


def test_those_with_the_same_filters_in_any_order_are_alike() -> None:
    wish = subscriptions.wish(raw(eventFilters=BODY["eventFilters"][::-1]))
    assert wish.like(hook())
    assert wish.most == 5
    assert not subscriptions.wish(raw(eventFilters=None)).like(hook())
    assert not subscriptions.wish(raw(event="voice.inbound", eventFilters=...)).like(hook())
    assert not wish.like(hook(dialect="native"))


def test_a_signing_key_filters_and_a_template_may_be_left_out() -> None:
    wish = subscriptions.wish(raw(signingKey=..., eventFilters=..., template="text"))
    assert (wish.secret, wish.details["eventFilters"]) == ("", [])


@pytest.mark.parametrize("event", ["voice.inbound", "voice.outbound"])
def test_events_of_calls_are_taken_with_the_states_of_calls(event: str) -> None:
    filters = [{"key": "status", "value": "no-answer"}]
    assert subscriptions.wish(raw(event=event, eventFilters=filters)).events == {event}
    wrong = [{"key": "status", "value": "available"}]
    with pytest.raises(Invalid):
        subscriptions.wish(raw(event=event, eventFilters=wrong))


@pytest.mark.parametrize(
    "changes",
    [
        {"service": ...},
        {"service": "numbers"},
        {"service": 1},
        {"event": ...},
        {"event": "sms.outbound"},
        {"event": ["voice.recording"]},
        {"url": ...},
        {"url": None},
        {"url": ""},
        {"url": "ftp://example.com/"},
        {"url": "https://"},
        {"url": "https://example.com/\n"},
        {"url": "https://ex\x00ample.com/"},
        {"url": "https://example.com:99999/"},
        {"signingKey": ""},
        {"signingKey": None},
        {"signingKey": "x" * 1001},
        {"template": 1},
        {"eventFilters": {}},
        {"eventFilters": "status"},
        {"eventFilters": [1]},
        {"eventFilters": [{"key": "status"}]},
        {"eventFilters": [{"key": "status", "value": "available", "more": 1}]},
        {"eventFilters": [{"key": "status", "value": 1}]},
        {"eventFilters": [{"key": "status", "value": ["available"]}]},
        {"eventFilters": [{"key": "status", "value": "ringing"}]},
        {"eventFilters": [{"key": "channelId", "value": "x"}]},
        {"eventFilters": [{"key": "channelId", "value": 1}]},
        {
            "eventFilters": [
                {"key": "channelId", "value": str(UUID(int=number))} for number in (1, 2)
            ]
        },
        {"eventFilters": [{"key": "messageStatus", "value": "x"}]},
        {"eventFilters": [{"key": 1, "value": "x"}]},
        {"status": "active"},
    ],
    ids=str,
)
def test_another_subscription_is_invalid(changes: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        subscriptions.wish(raw(**changes))


def test_what_is_shown_never_has_the_signing_key() -> None:
    it, organization = hook(), uuid4()
    assert subscriptions.subscription(it, organization) == {
        "id": str(it.id),
        "organizationId": str(organization),
        "workspaceId": str(samples.ACCOUNT),
        "service": "channels",
        "event": "voice.recording",
        "eventFilters": FILTERS,
        "url": BODY["url"],
        "status": "active",
        "createdAt": "2026-03-03T09:14:38.999Z",
    }
    assert "secret" not in str(subscriptions.subscription(it, organization))


def test_one_that_another_api_made_is_shown_as_the_widest() -> None:
    it = hook(details={}, events=frozenset({"*"}))
    shown = subscriptions.subscription(it, samples.ACCOUNT)
    assert (shown["event"], shown["eventFilters"]) == ("voice.recording", [])
    assert changed(it, {"eventFilters": FILTERS}).details == hook().details
    assert not changed(it, {"status": "inactive"}).enabled


def changed(it: Hook, body: dict[str, object], *others: Hook) -> Hook:
    return subscriptions.changed(it, msgspec.json.encode(body), among=(it, *others))


def test_a_change_leaves_what_it_does_not_name() -> None:
    it = hook()
    assert changed(it, {"status": "inactive"}) == replace(it, enabled=False)
    assert changed(replace(it, enabled=False), {"status": "active"}) == it
    url = "https://other.example.com/"
    assert changed(it, {"url": url}) == replace(it, url=url)
    assert changed(it, {"signingKey": "new"}) == replace(it, secret="new")
    bare = changed(it, {"eventFilters": None, "template": "x"})
    assert bare.details == {**it.details, "eventFilters": []}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "paused"},
        {"status": None},
        {"url": "x"},
        {"url": None},
        {"signingKey": ""},
        {"event": "voice.inbound"},
        {"eventFilters": [{"key": "status", "value": "ringing"}]},
    ],
    ids=str,
)
def test_another_change_is_invalid(body: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        changed(hook(), body)


def test_a_change_makes_no_sixth_of_a_kind() -> None:
    five, it = [hook() for _ in range(5)], hook(details={**hook().details, "eventFilters": []})
    with pytest.raises(Conflict):
        changed(it, {"eventFilters": FILTERS}, *five)
    assert changed(it, {"eventFilters": FILTERS}, *five[1:]).details == five[0].details
    assert not changed(five[0], {"status": "inactive"}, *five[1:]).enabled


def test_a_list_goes_from_the_newest_to_the_oldest_in_pages() -> None:
    hooks = [hook(created_at=samples.CREATED + timedelta(seconds=it)) for it in range(7)]
    seen: list[UUID] = []
    query = {"limit": "3"}
    while True:
        page: Any = subscriptions.subscriptions(hooks, query, organization=samples.ACCOUNT)
        seen += [UUID(it["id"]) for it in page["results"]]
        if "nextPageToken" not in page:
            break
        query["pageToken"] = page["nextPageToken"]
    assert seen == [it.id for it in reversed(hooks)]
    assert subscriptions.subscriptions(hooks[:1], query, organization=samples.ACCOUNT) == {
        "results": []
    }


def test_one_that_is_not_there_is_not_found() -> None:
    it = hook()
    assert subscriptions.found([hook(), it], it.id) is it
    with pytest.raises(NotFound):
        subscriptions.found([hook()], it.id)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda it: st.lists(it, max_size=3) | st.dictionaries(st.text(max_size=8), it, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=100)
@given(name=st.sampled_from([*BODY, "template", "status"]), value=json)
def test_any_value_of_a_member_is_taken_or_invalid(name: str, value: object) -> None:
    with suppress(Invalid):
        subscriptions.wish(raw(**{name: value}))
    with suppress(Invalid):
        changed(hook(), {name: value})
