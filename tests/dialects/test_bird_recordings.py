"""Bird's workspace recordings: the list with its filters and pages, and the deletion of media."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from dialects.bird_client import CONFLICT, DENIED, INVALID, MISSING, Bird, refused
from dictabelt.core.nouns import Direction, Known, Leg, Party, Recording, State
from dictabelt.core.recordings import Changes
from stocked import House

ALL = "/recordings"
HOSTILE = ("", " ", "x", "-1", "null", "\x00", "é" * 300, "a" * 9_000, "[]", "%00", "\udcff")


@pytest.fixture
def bird(house: House, client: httpx2.AsyncClient) -> Bird:
    return Bird(client, house.ours)


async def begun(house: House, known: Known, state: State = State.IN_PROGRESS) -> Recording:
    return await house.vault.ingest.begin(house.ours.owner, known, state)


async def test_an_item_is_what_a_get_gives_and_its_url_opens(
    bird: Bird, house: House, client: httpx2.AsyncClient
) -> None:
    call = house.ours.recordings["call"]
    (item,) = (await bird.told(ALL, {"id": str(call.source_id)}))["results"]
    alone = await bird.told(f"{ALL}/{call.id}")
    assert {**item, "url": ""} == {**alone, "url": ""}
    assert list(item) == list(alone)
    assert "X-Amz-Expires=600" in item["url"]
    media = await client.get(item["url"])
    assert (media.status_code, media.headers["content-type"]) == (200, "audio/mpeg")


async def test_what_cannot_be_played_has_no_url(bird: Bird) -> None:
    for item in (await bird.told(ALL, {"limit": "99"}))["results"]:
        assert ("url" in item) is (item["status"] == "available")


async def test_a_page_has_ten_unless_asked_otherwise(bird: Bird, house: House) -> None:
    for number in range(12):
        await begun(house, Known(call_id=f"more-{number}"), State.QUEUED)
    page = await bird.told(ALL)
    assert (len(page["results"]), set(page)) == (10, {"results", "nextPageToken"})
    rest = await bird.told(ALL, {"pageToken": page["nextPageToken"], "limit": "99"})
    assert set(rest) == {"results"}
    assert not {it["id"] for it in page["results"]} & {it["id"] for it in rest["results"]}


async def test_pages_keep_the_filter_that_is_sent_again(bird: Bird, house: House) -> None:
    made = [await begun(house, Known(call_id="one call"), State.QUEUED) for _ in range(5)]
    await begun(house, Known(call_id="another"), State.QUEUED)
    query = {"sourceId": str(made[0].source_id), "limit": "2"}
    seen: list[str] = []
    while True:
        page = await bird.told(ALL, query)
        seen += [it["id"] for it in page["results"]]
        if "nextPageToken" not in page:
            break
        query["pageToken"] = page["nextPageToken"]
    assert seen == [str(it.id) for it in reversed(made)]


async def test_a_token_goes_on_behind_what_was_deleted_meanwhile(bird: Bird, house: House) -> None:
    made = [await begun(house, Known(call_id=f"d-{it}"), State.QUEUED) for it in range(3)]
    page = await bird.told(ALL, {"limit": "1"})
    await house.vault.recordings.delete(house.ours.owner, made[2].id)
    assert (await bird.ids(ALL, limit="1", pageToken=page["nextPageToken"])) == [made[1].id]


async def test_a_foreign_token_shows_nothing(
    bird: Bird, house: House, client: httpx2.AsyncClient
) -> None:
    theirs = await Bird(client, house.theirs).told(ALL, {"limit": "1"})
    assert await bird.told(ALL, {"pageToken": theirs["nextPageToken"]}) == {"results": []}


async def test_every_filter_finds_its_own_and_not_the_other(bird: Bird, house: House) -> None:
    channel = uuid4()
    known = Known(
        call_id="wanted",
        direction=Direction.OUTBOUND,
        caller=Party("+31970044994"),
        callee=Party("sip:desk@example.com", Leg.SIP),
        channel=channel,
    )
    wanted = await begun(house, known, State.PAUSED)
    other = Known(
        call_id="other",
        direction=Direction.INBOUND,
        caller=Party("+31970044995"),
        callee=Party("+31970044994"),
        channel=uuid4(),
    )
    await begun(house, other, State.QUEUED)
    for query in (
        {"channelId": str(channel)},
        {"id": str(wanted.source_id)},
        {"sourceId": str(wanted.source_id)},
        {"direction": "outgoing"},
        {"from": "31970044994"},
        {"from": "+31970044994"},
        {"to": "sip:desk@example.com"},
        {"status": "paused"},
        {"status": "paused", "direction": "outgoing", "from": "31970044994"},
    ):
        assert await bird.ids(ALL, **query) == [wanted.id], query
    assert await bird.ids(ALL, status="paused", direction="incoming") == []


async def test_the_recordings_own_id_is_no_id_of_a_call(bird: Bird, house: House) -> None:
    call = house.ours.recordings["call"]
    assert await bird.ids(ALL, id=str(call.id)) == []


async def test_a_conference_is_found_as_a_source_and_not_as_a_call(
    bird: Bird, house: House
) -> None:
    it = house.ours.recordings["conference"]
    assert await bird.ids(ALL, sourceId=str(it.conference)) == [it.id]
    assert await bird.ids(ALL, id=str(it.conference)) == []


async def test_the_start_is_within_and_the_end_is_not(bird: Bird, house: House) -> None:
    it = await begun(house, Known(call_id="timed"))
    at, after = it.created_at.isoformat(), (it.created_at + timedelta(microseconds=1)).isoformat()
    assert await bird.ids(ALL, startAt=at, endAt=after) == [it.id]
    assert await bird.ids(ALL, startAt=after) == []
    assert it.id not in await bird.ids(ALL, endAt=at, limit="99")


@pytest.mark.parametrize(
    ("status", "names"),
    [
        ("available", {"call", "sip", "conference", "visit"}),
        ("ongoing", {"in progress"}),
        ("absent", {"absent"}),
        ("failed", {"failed"}),
        ("accepted", set()),
        ("paused", set()),
        ("completed", set()),
    ],
)
async def test_each_status_shows_those_that_have_it(
    bird: Bird, house: House, status: str, names: set[str]
) -> None:
    expected = {house.ours.recordings[it].id for it in names}
    assert set(await bird.ids(ALL, status=status, limit="99")) == expected


@pytest.mark.parametrize(
    "name",
    [
        "limit",
        "pageToken",
        "sourceId",
        "channelId",
        "id",
        "direction",
        "startAt",
        "endAt",
        "status",
    ],
)
async def test_a_value_that_is_none_of_the_parameters_is_invalid(bird: Bird, name: str) -> None:
    for value in HOSTILE[:-1]:
        assert refused(await bird.ask("GET", ALL, {name: value})) == INVALID, value


async def test_a_parameter_is_sent_once_and_its_bytes_need_not_be_text(bird: Bird) -> None:
    assert refused(await bird.ask("GET", ALL, {"limit": ["1", "2"]})) == INVALID
    for bytes_ in ("%ff%fe", "%00", "%ed%a0%80"):
        answer = await bird.ask("GET", f"{ALL}?limit={bytes_}")
        assert refused(answer) == INVALID
        answer = await bird.ask("GET", f"{ALL}?from={bytes_}")
        assert refused(answer) == INVALID


async def test_a_plus_that_was_not_encoded_is_a_plus(bird: Bird, house: House) -> None:
    answer = await bird.ask("GET", f"{ALL}?from=+447700900142")
    assert [it["id"] for it in answer.json()["results"]] == [str(house.ours.recordings["call"].id)]


async def test_deleting_the_media_leaves_what_is_known(
    bird: Bird, house: House, client: httpx2.AsyncClient
) -> None:
    path = f"{ALL}/{house.ours.recordings['call'].id}"
    before = await bird.told(path)
    answer = await bird.ask("DELETE", path)
    assert (answer.status_code, answer.content) == (204, b"")
    after = await bird.told(path)
    assert after == {
        **{name: it for name, it in before.items() if name != "url"},
        "status": "absent",
        "updatedAt": after["updatedAt"],
    }
    assert after["updatedAt"] > before["updatedAt"]
    assert (await client.get(before["url"])).status_code == 404
    assert refused(await bird.ask("GET", f"{path}.mp3")) == MISSING
    assert (await bird.ids(ALL, status="absent", limit="99"))[-1] == house.ours.recordings[
        "call"
    ].id


async def test_deleting_again_changes_nothing(bird: Bird, house: House) -> None:
    path = f"{ALL}/{house.ours.recordings['sip'].id}"
    answers: list[Any] = []
    for _ in range(2):
        assert (await bird.ask("DELETE", path)).status_code == 204
        answers.append(await bird.told(path))
    assert answers[0] == answers[1]


async def test_what_is_unknown_foreign_or_deleted_is_missing(bird: Bird, house: House) -> None:
    ids = (uuid4(), house.theirs.recordings["call"].id, house.ours.recordings["deleted"].id)
    answers = [await bird.ask("DELETE", f"{ALL}/{it}") for it in ids]
    assert {refused(it) for it in answers} == {MISSING}
    assert len({it.text for it in answers}) == 1
    assert answers[0].json()["message"] == "Recording not found"
    assert refused(await bird.ask("DELETE", f"{ALL}/x")) == INVALID
    kept = await house.vault.recordings.get(house.theirs.owner, ids[1])
    assert kept == house.theirs.recordings["call"]


async def test_what_is_in_progress_or_held_keeps_its_media(bird: Bird, house: House) -> None:
    live, held = (house.ours.recordings[it] for it in ("in progress", "sip"))
    await house.vault.recordings.change(house.ours.owner, held.id, Changes(hold=True))
    for it in (live, held):
        assert refused(await bird.ask("DELETE", f"{ALL}/{it.id}")) == CONFLICT
        assert (await bird.told(f"{ALL}/{it.id}"))["status"] != "absent"


async def test_a_key_that_may_only_read_deletes_nothing(
    house: House, client: httpx2.AsyncClient
) -> None:
    reader = Bird(client, house.ours, "read")
    path = f"{ALL}/{house.ours.recordings['call'].id}"
    assert refused(await reader.ask("DELETE", path)) == DENIED
    assert (await reader.told(path))["status"] == "available"
