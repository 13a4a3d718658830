"""Bird's webhook subscriptions over HTTP: made, listed, changed, deleted; the key stays secret."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from dialects.bird_client import CONFLICT, DENIED, INVALID, MISSING, Bird, refused
from dictabelt.core.hooks import Wish
from dictabelt.core.ids import HookId
from stocked import House

ALL = "/webhook-subscriptions"
KEY = "KeV+/HGoIQrxuE5Y"
BODY: dict[str, Any] = {
    "service": "channels",
    "event": "voice.recording",
    "url": "https://hooks.example.com/bird",
    "signingKey": KEY,
    "eventFilters": [{"key": "status", "value": "available"}],
}


@pytest.fixture
def bird(house: House, client: httpx2.AsyncClient) -> Bird:
    return Bird(client, house.ours)


async def made(bird: Bird, **changes: object) -> dict[str, Any]:
    answer = await bird.ask("POST", ALL, json={**BODY, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_subscription_is_shown_without_its_key(bird: Bird, house: House) -> None:
    told = await made(bird)
    account = str(house.ours.account.id)
    assert list(told.items()) == [
        ("id", told["id"]),
        ("organizationId", account),
        ("workspaceId", account),
        ("service", "channels"),
        ("event", "voice.recording"),
        ("eventFilters", BODY["eventFilters"]),
        ("url", BODY["url"]),
        ("status", "active"),
        ("createdAt", told["createdAt"]),
    ]
    assert await bird.told(f"{ALL}/{told['id']}") == told
    assert await bird.told(ALL) == {"results": [told]}
    kept = await house.vault.hooks.get(house.ours.owner, HookId(UUID(told["id"])), dialect="bird")
    assert (kept.secret, kept.events) == (KEY, frozenset({"voice.recording"}))


async def test_the_older_path_has_the_organization(
    bird: Bird, house: House, client: httpx2.AsyncClient
) -> None:
    organization = uuid4()
    of_it = Bird(client, house.ours)
    of_it.base = f"/organizations/{organization}{bird.base}"
    told = await made(of_it)
    assert told["organizationId"] == str(organization)
    assert (await of_it.told(f"{ALL}/{told['id']}")) == told
    changed = await of_it.ask("PATCH", f"{ALL}/{told['id']}", json={"status": "inactive"})
    assert changed.json() == {**told, "status": "inactive"}
    assert [it["id"] for it in (await bird.told(ALL))["results"]] == [told["id"]]
    assert (await of_it.ask("DELETE", f"{ALL}/{told['id']}")).status_code == 204
    of_it.base = f"/organizations/x{bird.base}"
    assert refused(await of_it.ask("GET", ALL)) == INVALID


@pytest.mark.parametrize("event", ["voice.inbound", "voice.outbound"])
async def test_calls_may_be_subscribed_to_though_nothing_comes(bird: Bird, event: str) -> None:
    assert (await made(bird, event=event, eventFilters=None))["event"] == event


async def test_there_are_five_of_a_kind_at_most(
    bird: Bird, house: House, client: httpx2.AsyncClient
) -> None:
    for number in range(5):
        await made(bird, url=f"https://hooks.example.com/{number}")
    assert refused(await bird.ask("POST", ALL, json=BODY)) == CONFLICT
    other = await made(bird, eventFilters=[])
    await made(bird, event="voice.inbound", eventFilters=[])
    await made(Bird(client, house.theirs))
    path = f"{ALL}/{other['id']}"
    filters = {"eventFilters": BODY["eventFilters"]}
    assert refused(await bird.ask("PATCH", path, json=filters)) == CONFLICT
    oldest = (await bird.told(ALL))["results"][-1]["id"]
    assert (await bird.ask("DELETE", f"{ALL}/{oldest}")).status_code == 204
    assert (await bird.ask("PATCH", path, json=filters)).status_code == 200


async def test_a_change_leaves_the_rest(bird: Bird, house: House) -> None:
    told = await made(bird)
    path = f"{ALL}/{told['id']}"
    answer = await bird.ask("PATCH", path, json={"url": "http://10.0.0.1/", "signingKey": "new"})
    assert (answer.status_code, answer.json()) == (200, {**told, "url": "http://10.0.0.1/"})
    kept = await house.vault.hooks.get(house.ours.owner, HookId(UUID(told["id"])), dialect="bird")
    assert (kept.secret, kept.enabled) == ("new", True)
    assert refused(await bird.ask("PATCH", path, json={})) == INVALID
    assert refused(await bird.ask("PATCH", path, json={"event": "voice.inbound"})) == INVALID


async def test_pages_go_from_the_newest_to_the_oldest(bird: Bird) -> None:
    ids = [(await made(bird, url=f"https://hooks.example.com/{it}"))["id"] for it in range(3)]
    first = await bird.told(ALL, {"limit": "2"})
    last = await bird.told(ALL, {"limit": "2", "pageToken": first["nextPageToken"]})
    assert [it["id"] for it in (*first["results"], *last["results"])] == ids[::-1]
    assert list(last) == ["results"]
    for name, value in (("limit", "101"), ("pageToken", "x")):
        assert refused(await bird.ask("GET", ALL, {name: value})) == INVALID


async def test_what_is_foreign_unknown_gone_or_of_another_dialect_is_missing(
    bird: Bird, house: House, client: httpx2.AsyncClient
) -> None:
    theirs = await made(Bird(client, house.theirs))
    gone = await made(bird)
    assert (await bird.ask("DELETE", f"{ALL}/{gone['id']}")).status_code == 204
    await house.vault.hooks.add(house.ours.owner, Wish("native", "https://example.com/"))
    (native,) = await house.vault.hooks.all(house.ours.owner)
    assert await bird.told(ALL) == {"results": []}
    for method, body in (("GET", None), ("PATCH", {"status": "inactive"}), ("DELETE", None)):
        ids = (theirs["id"], gone["id"], native.id, uuid4())
        answers = [await bird.ask(method, f"{ALL}/{it}", json=body) for it in ids]
        assert {refused(it) for it in answers} == {MISSING}
        assert {it.json()["message"] for it in answers} == {"Webhook subscription not found"}
    assert (await Bird(client, house.theirs).told(f"{ALL}/{theirs['id']}")) == theirs


async def test_bodies_and_ids_are_read_strictly(bird: Bird) -> None:
    path = f"{ALL}/{(await made(bird))['id']}"
    for body in (b"", b"[", b"\xff", b"[" * 10_000, b"x" * 70_000, b'{"url": NaN}'):
        assert refused(await bird.ask("POST", ALL, content=body)) == INVALID
        assert refused(await bird.ask("PATCH", path, content=body)) == INVALID
    for id in ("x", "%00", "null", "a" * 5_000):
        assert refused(await bird.ask("DELETE", f"{ALL}/{id}")) == INVALID


async def test_reading_and_changing_need_their_scopes(
    bird: Bird, house: House, client: httpx2.AsyncClient
) -> None:
    path = f"{ALL}/{(await made(bird))['id']}"
    reader, writer = (Bird(client, house.ours, it) for it in ("read", "write"))
    assert refused(await reader.ask("POST", ALL, json=BODY)) == DENIED
    assert refused(await reader.ask("PATCH", path, json={"status": "inactive"})) == DENIED
    assert refused(await reader.ask("DELETE", path)) == DENIED
    assert refused(await writer.ask("GET", ALL)) == DENIED
    assert refused(await writer.ask("GET", path)) == DENIED
    assert (await writer.ask("POST", ALL, json=BODY)).status_code == 201
