"""Recordings in progress, in both flavours: started, paused, resumed, stopped, and refused."""

from typing import Any

import httpx2
import pytest

from dialects.flavoured import Customer, every_flavour, refused
from dictabelt.core.ingest import Upload
from dictabelt.core.nouns import Known, Recording, Source, State, Track, Trim
from dictabelt.dialects.laml.flavour import CALL, RECORDING, Flavour
from dictabelt.dialects.laml.flavours import SIGNALWIRE, TWILIO
from sounds import chunks, tone
from stocked import House

CURRENT = "Twilio.CURRENT"
URL = "https://example.com/told?x=1#rt=500"


@pytest.fixture
def live(house: House) -> Recording:
    return house.ours.recordings["in progress"]


async def kept(house: House, customer: Customer, sid: str) -> Recording:
    """The recording of that Sid as the vault has it."""
    id = customer.speaks.recording_id(sid)
    return await house.vault.recordings.get(house.ours.owner, id)


@pytest.mark.parametrize("named", [True, False], ids=["by its id", "as the current one"])
@pytest.mark.parametrize("extension", ["", ".json"])
@every_flavour
async def test_a_recording_is_paused_resumed_and_stopped(
    speaks: Flavour,
    extension: str,
    named: bool,
    house: House,
    client: httpx2.AsyncClient,
    live: Recording,
) -> None:
    customer = Customer(client, speaks, house.ours)
    sid = customer.sid(live) if named else CURRENT
    path = f"{customer.call(live)}/Recordings/{sid}{extension}"
    for status, told in (
        ("paused", "paused"),
        ("paused", "paused"),
        ("in-progress", "in-progress"),
        ("stopped", "stopped"),
    ):
        answer = await customer.post(path, {"Status": status, "PauseBehavior": "skip"})
        assert (answer.status_code, answer.json()["status"]) == (200, told), answer.text
        assert answer.json()["sid"] == customer.sid(live)
    assert refused(await customer.post(path, {"Status": "paused"})) == (400, 21220)


@every_flavour
async def test_what_was_stopped_is_completed_once_its_media_comes(
    speaks: Flavour, house: House, client: httpx2.AsyncClient, live: Recording
) -> None:
    customer = Customer(client, speaks, house.ours)
    await customer.post(
        f"{customer.call(live)}/Recordings/{customer.sid(live)}", {"Status": "stopped"}
    )
    place = f"/Recordings/{customer.sid(live)}"
    assert refused(await customer.get(place + ".mp3")) == (404, 20404)
    await house.vault.ingest.attach(house.ours.owner, live.id, Upload(chunks(tone(0.6, 700))))
    assert (await customer.get(place + ".json")).json()["status"] == "completed"
    assert (await customer.get(place + ".mp3")).status_code == 200


@pytest.mark.parametrize("extension", ["", ".json"])
@every_flavour
async def test_one_more_recording_of_a_live_call_is_started(
    speaks: Flavour, extension: str, house: House, client: httpx2.AsyncClient, live: Recording
) -> None:
    customer = Customer(client, speaks, house.ours)
    answer = await customer.post(
        f"{customer.call(live)}/Recordings{extension}",
        {
            "RecordingChannels": "dual",
            "RecordingTrack": "inbound",
            "Trim": "trim-silence",
            "RecordingStatusCallback": URL,
            "RecordingStatusCallbackMethod": "GET",
            "RecordingStatusCallbackEvent": ["in-progress", "completed"],
        },
    )
    body = answer.json()
    assert answer.status_code == (200 if speaks is SIGNALWIRE else 201)
    assert (body["status"], str(body["channels"])) == ("in-progress", "2")
    assert body["source"].lower() == "startcallrecordingapi"
    started = await kept(house, customer, body["sid"])
    assert (started.call, started.state) == (live.call, State.IN_PROGRESS)
    assert (started.channels, started.track, started.trim) == (
        2,
        Track.INBOUND,
        Trim.TRIM_SILENCE,
    )
    assert started.extras == {
        "laml": {
            "status_callback": {
                "url": URL,
                "method": "GET",
                "events": ["in-progress", "completed"],
                "flavour": speaks.name,
            }
        }
    }
    answer = await customer.post(
        f"{customer.call(live)}/Recordings/{CURRENT}", {"Status": "paused"}
    )
    assert refused(answer) == (400, 16108)


async def test_a_start_without_a_word_has_the_documented_defaults(
    house: House, client: httpx2.AsyncClient, live: Recording
) -> None:
    customer = Customer(client, TWILIO, house.ours)
    body = (await customer.post(f"{customer.call(live)}/Recordings")).json()
    assert (body["channels"], body["track"], body["duration"]) == (1, "both", None)
    assert "media_url" not in body
    assert "subresource_uris" not in body
    assert body["uri"] == customer.at(f"{customer.call(live)}/Recordings/{body['sid']}.json")
    started = await kept(house, customer, body["sid"])
    assert (started.trim, started.extras) == (Trim.DO_NOT_TRIM, {})


@pytest.mark.parametrize(
    ("given", "events"),
    [
        (["in-progress completed", "absent"], ["in-progress", "completed", "absent"]),
        (["absent absent"], ["absent"]),
        ([], ["completed"]),
    ],
)
async def test_events_are_repeated_or_separated_by_spaces(
    given: list[str],
    events: list[str],
    house: House,
    client: httpx2.AsyncClient,
    live: Recording,
) -> None:
    customer = Customer(client, SIGNALWIRE, house.ours)
    path = f"{customer.call(live)}/Recordings"
    form = {"RecordingStatusCallback": URL, "RecordingStatusCallbackEvent": given}
    for answer in (await customer.post(path, form), await customer.ask("POST", path, json=form)):
        started = await kept(house, customer, answer.json()["sid"])
        callback: Any = started.extras["laml"]["status_callback"]
        assert (callback["events"], callback["method"]) == (events, "POST")


WRONG = (
    ({"Trim": "a bit"}, 13699),
    ({"RecordingStatusCallbackEvent": "completed ringing"}, 13621),
    ({"RecordingStatusCallbackEvent": ""}, 13621),
    ({"RecordingStatusCallbackMethod": "PUT"}, 13221),
    ({"RecordingStatusCallback": "example.com/told"}, 21456),
    ({"RecordingStatusCallback": "ftp://example.com"}, 21456),
    ({"RecordingStatusCallback": "https://example.com/\x00"}, 21456),
    ({"RecordingStatusCallback": ["https://a.example", "https://b.example"]}, 21456),
    ({"RecordingChannels": "quad"}, None),
    ({"RecordingTrack": "none"}, None),
    ({"RecordingTrack": ""}, None),
)


@pytest.mark.parametrize(("form", "code"), WRONG, ids=lambda it: str(it)[:50])
@every_flavour
async def test_a_start_that_makes_no_sense_is_refused_by_the_vendors_number(
    speaks: Flavour,
    form: dict[str, Any],
    code: int | None,
    house: House,
    client: httpx2.AsyncClient,
    live: Recording,
) -> None:
    customer = Customer(client, speaks, house.ours)
    answer = await customer.post(f"{customer.call(live)}/Recordings.json", form)
    assert refused(answer) == (400, code or speaks.invalid)
    sids = await customer.sids(f"{customer.call(live)}/Recordings")
    assert sids == [customer.sid(live)]


FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
HOSTILE = (
    (JSON, b"[" * 10_000 + b"]" * 10_000),
    (JSON, b'{"Status": ' * 10_000),
    (JSON, b'{"Status": NaN}'),
    (JSON, b'{"Status": "\\ud800"}'),
    (JSON, b'{"Status": "pa\xff"}'),
    (JSON, b'{"Status": {"a": 1}}'),
    (JSON, b'{"Status": 7}'),
    (JSON, b'{"Status": ["paused", "paused"]}'),
    (JSON, b'["paused"]'),
    (JSON, b"null"),
    (JSON, b"{"),
    (FORM, b"Status=%ff"),
    (FORM, b"Status=\xff"),
    (FORM, b"Status=paused%00"),
    (FORM, b"Status="),
    (FORM, b"status=paused"),
    (FORM, b"Status=paused&Status=paused"),
    (FORM, b"Status=paused&PauseBehavior=rewind"),
    (FORM, b"a=1&" * 10_000),
    (FORM, b"Status=paused&a=" + b"a" * 70_000),
    ("", b""),
    ("text/plain", b"Status=paused"),
    ("multipart/form-data; boundary=x", b"--x\r\n\r\npaused\r\n--x--"),
)


@pytest.mark.parametrize(("kind", "body"), HOSTILE, ids=lambda it: str(it)[:30])
@every_flavour
async def test_a_hostile_body_is_refused_and_changes_nothing(
    speaks: Flavour,
    kind: str,
    body: bytes,
    house: House,
    client: httpx2.AsyncClient,
    live: Recording,
) -> None:
    customer = Customer(client, speaks, house.ours)
    path = f"{customer.call(live)}/Recordings/{customer.sid(live)}"
    answer = await customer.ask("POST", path, content=body, headers={"content-type": kind})
    assert refused(answer) == (400, speaks.invalid)
    assert await house.vault.recordings.get(house.ours.owner, live.id) == live


@every_flavour
async def test_a_call_that_is_not_recorded_now_cannot_be_steered(
    speaks: Flavour, house: House, client: httpx2.AsyncClient
) -> None:
    customer, over = Customer(client, speaks, house.ours), house.ours.recordings["call"]
    theirs = house.theirs.recordings["in progress"]
    for it in (over, theirs):
        path = f"{customer.call(it)}/Recordings"
        assert refused(await customer.post(path)) == (400, 21220)
        for sid in (customer.sid(it), CURRENT):
            answer = await customer.post(f"{path}/{sid}.json", {"Status": "stopped"})
            assert refused(answer) == (400, 21220)


@every_flavour
async def test_a_recording_of_another_call_is_not_found_on_a_live_one(
    speaks: Flavour, house: House, client: httpx2.AsyncClient, live: Recording
) -> None:
    customer = Customer(client, speaks, house.ours)
    for sid in (customer.sid(house.ours.recordings["call"]), "nothing"):
        path = f"{customer.call(live)}/Recordings/{sid}"
        assert refused(await customer.post(path, {"Status": "paused"})) == (404, 20404)


@every_flavour
async def test_a_conference_is_steered_and_deleted_below_its_own_path(
    speaks: Flavour, house: House, client: httpx2.AsyncClient
) -> None:
    known = Known(source=Source.CONFERENCE)
    live = await house.vault.ingest.begin(house.ours.owner, known, State.IN_PROGRESS)
    assert live.conference is not None
    customer = Customer(client, speaks, house.ours)
    room = f"{customer.conference(live.conference)}/Recordings"
    path = f"{room}/{customer.sid(live)}"
    assert refused(await customer.ask("DELETE", path)) == (400, 20009)
    for sid, status in ((CURRENT, "paused"), (customer.sid(live), "stopped")):
        answer = await customer.post(f"{room}/{sid}", {"Status": status})
        assert (answer.status_code, answer.json()["status"]) == (200, status)
    shown = await customer.get(path + ".json")
    assert shown.json() == (await customer.get(path)).json()
    assert shown.json()["conference_sid"] == speaks.spell("CF", live.conference)
    assert shown.json()["call_sid"] is None
    assert (await customer.ask("DELETE", path + ".json")).status_code == 204
    assert refused(await customer.get(path)) == (404, 20404)


async def test_a_foreign_conference_has_nothing_of_ours(
    house: House, client: httpx2.AsyncClient
) -> None:
    customer, ours = Customer(client, TWILIO, house.ours), house.ours.recordings["conference"]
    theirs = house.theirs.recordings["conference"].conference
    assert theirs is not None
    for method in ("GET", "DELETE"):
        path = f"{customer.conference(theirs)}/Recordings/{customer.sid(ours)}.json"
        assert refused(await customer.ask(method, path)) == (404, 20404)


@pytest.mark.parametrize("key", ["read", "write"])
async def test_steering_needs_the_scope_to_write(
    key: str, house: House, client: httpx2.AsyncClient, live: Recording
) -> None:
    customer = Customer(client, TWILIO, house.ours, key)
    path = f"{customer.call(live)}/Recordings"
    started = await customer.post(path)
    paused = await customer.post(f"{path}/{customer.sid(live)}", {"Status": "paused"})
    if key == "write":
        assert (started.status_code, paused.status_code) == (201, 200)
    else:
        assert refused(started) == refused(paused) == (401, 20003)


def test_ids_of_calls_and_recordings_are_told_apart() -> None:
    assert TWILIO.read(CALL, "RE" + "0" * 32) is None
    assert TWILIO.read(RECORDING, "RE" + "0" * 32) is not None
