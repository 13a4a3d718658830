"""Bird's recordings of a call in progress: start, list, get, pause, resume, stop."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from dialects.bird_client import DENIED, INVALID, MISSING, Bird, refused
from dictabelt.core.nouns import Direction, Known, Recording, State
from stocked import House, Tenant

CHANNEL = uuid4()
NEVER = "0001-01-01T00:00:00Z"


@pytest.fixture
def bird(house: House, client: httpx2.AsyncClient) -> Bird:
    return Bird(client, house.ours)


@pytest.fixture
async def live(house: House) -> Recording:
    """In progress, of a call on the channel."""
    return await recording(house, house.ours)


async def recording(
    house: House, tenant: Tenant, state: State = State.IN_PROGRESS, **more: Any
) -> Recording:
    known = Known(call_id="live", direction=Direction.INBOUND, channel=CHANNEL)
    return await house.vault.ingest.begin(tenant.owner, replace(known, **more), state)


def of(it: Recording, channel: UUID = CHANNEL) -> str:
    return f"/channels/{channel}/calls/{it.source_id}"


async def test_a_recording_of_the_session_begins(bird: Bird, house: House, live: Recording) -> None:
    answer = await bird.ask("POST", f"{of(live)}/recordings", json={"stereo": True, "maxLength": 9})
    assert answer.status_code == 202
    body = answer.json()
    assert UUID(body["command"]["id"])
    assert body == {
        "command": {
            "id": body["command"]["id"],
            "callId": str(live.source_id),
            "callFlowId": None,
            "status": "accepted",
            "command": "recordCall",
            "conditions": [],
        },
        "recordingId": body["recordingId"],
    }
    made = await house.vault.recordings.get(house.ours.owner, UUID(body["recordingId"]))  # type: ignore[arg-type]
    assert (made.state, made.channels, made.call) == (State.IN_PROGRESS, 2, live.call)
    assert made.extras == {"bird": {"command": {"stereo": True, "maxLength": 9}}}
    told = await bird.told(f"/recordings/{made.id}")
    assert (told["origin"], told["status"], told["stereo"]) == (
        *("call-command-record-call", "ongoing"),
        True,
    )


async def test_a_message_is_recorded_on_a_channel_of_its_own(bird: Bird, live: Recording) -> None:
    answer = await bird.ask("POST", f"{of(live)}/record", json={"endKey": "#", "beep": True})
    assert answer.json()["command"]["command"] == "record"
    told = await bird.told(f"/recordings/{answer.json()['recordingId']}")
    assert (told["origin"], told["stereo"]) == ("call-command-record", False)


async def test_a_command_needs_no_body(bird: Bird, live: Recording) -> None:
    for path in ("record", "recordings"):
        assert (await bird.ask("POST", f"{of(live)}/{path}")).status_code == 202


async def test_a_recording_is_shown_as_the_vendor_shows_it(bird: Bird, live: Recording) -> None:
    path = f"{of(live)}/recordings/{live.id}"
    told = await bird.told(path)
    assert list(told.items()) == [
        ("id", str(live.id)),
        ("channelId", str(CHANNEL)),
        ("callId", str(live.source_id)),
        ("status", "ongoing"),
        ("origin", "call-command-record-call"),
        ("duration", 0),
        ("stereo", False),
        ("createdAt", told["createdAt"]),
        ("updatedAt", told["updatedAt"]),
        ("endedAt", NEVER),
    ]


async def test_it_is_paused_resumed_and_stopped(bird: Bird, house: House, live: Recording) -> None:
    path = f"{of(live)}/recordings/{live.id}"
    states = (
        ("paused", State.PAUSED),
        ("paused", State.PAUSED),
        ("ongoing", State.IN_PROGRESS),
        ("completed", State.PROCESSING),
    )
    for word, state in states:
        answer = await bird.ask("PATCH", path, json={"status": word})
        assert (answer.status_code, answer.json()["status"]) == (202, word)
        assert (answer.json()["endedAt"] == NEVER) is (word != "completed")
        kept = await house.vault.recordings.get(house.ours.owner, live.id)
        assert kept.state is state
    assert (await bird.told(path))["status"] == "completed"
    for word, _ in states:
        assert refused(await bird.ask("PATCH", path, json={"status": word})) == MISSING


async def test_a_change_of_nothing_changes_nothing(bird: Bird, live: Recording) -> None:
    path = f"{of(live)}/recordings/{live.id}"
    for body in (b"", b"{}"):
        answer = await bird.ask("PATCH", path, content=body)
        assert (answer.status_code, answer.json()) == (202, await bird.told(path))


async def test_a_list_shows_what_is_in_progress_on_that_call_alone(
    bird: Bird, house: House, live: Recording
) -> None:
    paused = await recording(house, house.ours, State.PAUSED)
    await recording(house, house.ours, State.PROCESSING)
    await recording(house, house.ours, call_id="another")
    await recording(house, house.theirs)
    path = f"{of(live)}/recordings"
    assert await bird.ids(path) == [paused.id, live.id]
    page = await bird.told(path, {"limit": "1"})
    assert [it["id"] for it in page["results"]] == [str(paused.id)]
    rest = await bird.told(path, {"limit": "1000", "pageToken": page["nextPageToken"]})
    assert (list(rest), rest["results"][0]["id"]) == (["results"], str(live.id))


async def test_a_call_that_is_over_has_none_in_progress(bird: Bird, house: House) -> None:
    over = house.ours.recordings["call"]
    assert await bird.told(f"{of(over, uuid4())}/recordings") == {"results": []}
    shown = await bird.told(f"{of(over, uuid4())}/recordings/{over.id}")
    assert (shown["status"], shown["duration"], "channelId" in shown) == ("available", 2, False)
    assert shown["endedAt"] != NEVER


REQUESTS: dict[str, Callable[[str, UUID], tuple[str, str, object]]] = {
    "record": lambda call, _: ("POST", f"{call}/record", {}),
    "session": lambda call, _: ("POST", f"{call}/recordings", {}),
    "list": lambda call, _: ("GET", f"{call}/recordings", None),
    "get": lambda call, id: ("GET", f"{call}/recordings/{id}", None),
    "patch": lambda call, id: ("PATCH", f"{call}/recordings/{id}", {"status": "paused"}),
    "nothing": lambda call, id: ("PATCH", f"{call}/recordings/{id}", {}),
}
every_request = pytest.mark.parametrize("which", REQUESTS)


async def asked(bird: Bird, which: str, call: str, id: UUID) -> httpx2.Response:
    method, path, body = REQUESTS[which](call, id)
    return await bird.ask(method, path, json=body)


@every_request
async def test_another_channel_than_the_calls_leads_nowhere(
    bird: Bird, house: House, live: Recording, which: str
) -> None:
    assert refused(await asked(bird, which, of(live, uuid4()), live.id)) == MISSING
    assert await house.vault.recordings.get(house.ours.owner, live.id) == live
    assert len(await bird.ids(f"{of(live)}/recordings")) == 1


@every_request
async def test_a_call_whose_channel_nobody_knows_is_on_any(
    bird: Bird, house: House, which: str
) -> None:
    it = await recording(house, house.ours, channel=None)
    answer = await asked(bird, which, of(it, uuid4()), it.id)
    assert answer.status_code in (200, 202)


@every_request
async def test_a_foreign_call_looks_like_one_that_never_was(
    bird: Bird, house: House, which: str
) -> None:
    theirs = await recording(house, house.theirs)
    never = replace(theirs, call=replace(theirs.call, id=uuid4()))  # type: ignore[type-var]
    answers = [await asked(bird, which, of(it), it.id) for it in (theirs, never)]
    assert {refused(it) for it in answers} == {MISSING}
    assert answers[0].text == answers[1].text
    assert await house.vault.recordings.get(house.theirs.owner, theirs.id) == theirs


@pytest.mark.parametrize("which", ["get", "patch", "nothing"])
async def test_a_recording_of_another_call_is_not_found_there(
    bird: Bird, house: House, live: Recording, which: str
) -> None:
    other = await recording(house, house.ours, call_id="another")
    assert refused(await asked(bird, which, of(live), other.id)) == MISSING
    assert await house.vault.recordings.get(house.ours.owner, other.id) == other


@pytest.mark.parametrize("path", ["record", "recordings"])
async def test_a_call_that_the_vault_does_not_record_now_is_missing(
    bird: Bird, house: House, path: str
) -> None:
    over = house.ours.recordings["call"]
    answer = await bird.ask("POST", f"{of(over, uuid4())}/{path}")
    assert refused(answer) == MISSING
    assert "not in progress" in answer.json()["message"]


@every_request
async def test_the_key_must_be_allowed_to(
    house: House, client: httpx2.AsyncClient, live: Recording, which: str
) -> None:
    key = "write" if which in ("list", "get") else "read"
    answer = await asked(Bird(client, house.ours, key), which, of(live), live.id)
    assert refused(answer) == DENIED


@pytest.mark.parametrize("which", ["record", "session", "patch"])
async def test_a_key_that_may_only_write_writes(
    house: House, client: httpx2.AsyncClient, live: Recording, which: str
) -> None:
    answer = await asked(Bird(client, house.ours, "write"), which, of(live), live.id)
    assert answer.status_code == 202


@every_request
@pytest.mark.parametrize("wrong", ["x", "%00", "%ED%A0%80", "0" * 36, "a" * 5_000, "null"])
async def test_an_id_that_is_no_uuid_is_invalid(
    bird: Bird, live: Recording, which: str, wrong: str
) -> None:
    calls = (f"/channels/{wrong}/calls/{live.source_id}", f"/channels/{CHANNEL}/calls/{wrong}")
    for call in calls:
        assert refused(await asked(bird, which, call, live.id)) == INVALID


@pytest.mark.parametrize("which", ["record", "session", "patch"])
@pytest.mark.parametrize("body", [b"[", b"[]", b"\xff", b"[" * 10_000, b"x" * 70_000, b'{"a":1}'])
async def test_a_body_that_is_not_what_it_should_be_is_invalid(
    bird: Bird, house: House, live: Recording, which: str, body: bytes
) -> None:
    method, path, _ = REQUESTS[which](of(live), live.id)
    assert refused(await bird.ask(method, path, content=body)) == INVALID
    assert await house.vault.recordings.get(house.ours.owner, live.id) == live


@pytest.mark.parametrize("query", [{"limit": "1001"}, {"limit": "0"}, {"pageToken": "x"}])
async def test_pages_of_a_call_are_read_strictly(
    bird: Bird, live: Recording, query: dict[str, str]
) -> None:
    assert refused(await bird.ask("GET", f"{of(live)}/recordings", query)) == INVALID
