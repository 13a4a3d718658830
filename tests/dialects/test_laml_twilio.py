"""Twilio's flavour: its ids and keys, fields, refusals, media, and what deletion leaves."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx2
import pytest

from assembly import assembled
from clocks import Clock
from dialects.flavoured import Customer, basic, refused
from dictabelt.core.errors import NotFound
from dictabelt.core.ids import RecordingId
from dictabelt.dialects.laml.flavours import SIGNALWIRE, TWILIO, flavour, flavour_at
from hearing import heard
from stocked import House, Stock

KEY_SID = "SK" + "0123456789abcdef" * 2
NOW = datetime(2030, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ASKING = "?IncludeSoftDeleted=true"


@pytest.fixture
def customer(house: House, client: httpx2.AsyncClient) -> Customer:
    return Customer(client, TWILIO, house.ours)


@pytest.mark.parametrize("extension", ["", ".json"])
@pytest.mark.parametrize("root", ["/2010-04-01", "/api/laml/2010-04-01"])
async def test_an_account_in_twilios_spelling_is_answered_in_twilios_words(
    root: str, extension: str, house: House, customer: Customer
) -> None:
    call = house.ours.recordings["call"]
    path = customer.at(f"/Recordings/{customer.sid(call)}{extension}").replace(TWILIO.root, root, 1)
    body = (await customer.get(path, headers={"accept": "application/json"})).json()
    assert body["sid"] == f"RE{call.id.hex}"
    assert body["account_sid"] == f"AC{house.ours.account.id.hex}"
    assert (body["duration"], body["channels"], body["price"]) == ("2", 2, "-0.0025")
    assert not {"end_time", "channel", "trim"} & set(body)
    own = customer.at(f"/Recordings/{customer.sid(call)}")
    assert (body["uri"], body["media_url"]) == (f"{own}.json", f"http://vault.test{own}")


async def test_the_media_url_plays(house: House, customer: Customer) -> None:
    call = house.ours.recordings["call"]
    url = (await customer.get(f"/Recordings/{customer.sid(call)}.json")).json()["media_url"]
    answer = await customer.client.get(url)
    assert answer.headers["content-type"] == "audio/x-wav"
    assert heard(answer.content).seconds == pytest.approx(2.4, abs=0.05)


async def test_an_api_key_is_good_whatever_its_sid_says(house: House, customer: Customer) -> None:
    for user in (KEY_SID, KEY_SID.upper(), str(house.ours.account.id)):
        headers = basic(user, house.ours.keys["all"])
        answer = await customer.client.get(customer.at("/Recordings.json"), headers=headers)
        assert answer.status_code == 200


@pytest.mark.parametrize("user", ["theirs", "AC" + "0" * 32, "SK1", "AC", ""])
async def test_another_user_name_is_refused(user: str, house: House, customer: Customer) -> None:
    name = f"AC{house.theirs.account.id.hex}" if user == "theirs" else user
    headers = basic(name, house.ours.keys["all"])
    answer = await customer.client.get(customer.at("/Recordings.json"), headers=headers)
    assert refused(answer) == (401, 20003)
    assert answer.json()["message"] == "Authenticate"
    assert answer.json()["more_info"] == "https://www.twilio.com/docs/errors/20003"


async def test_an_api_key_of_another_account_finds_no_account_here(
    house: House, customer: Customer
) -> None:
    headers = basic(KEY_SID, house.theirs.keys["all"])
    answer = await customer.client.get(customer.at("/Recordings.json"), headers=headers)
    assert refused(answer) == (404, 20404)


async def test_what_is_not_there_is_said_in_twilios_words(customer: Customer) -> None:
    path = customer.at(f"/Recordings/RE{'0' * 32}.json")
    body = (await customer.get(path)).json()
    assert body == {
        "code": 20404,
        "message": f"The requested resource {path} was not found",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }


@pytest.mark.parametrize("account", ["AC" + "g" * 32, "AC" + "0" * 31, "ac" + "0" * 32, "ACx"])
def test_what_only_looks_like_twilios_spelling_is_not(account: str) -> None:
    assert flavour(account) is SIGNALWIRE
    assert flavour_at(f"/2010-04-01/Accounts/{account}/Recordings") is SIGNALWIRE
    assert flavour_at("/2010-04-01") is SIGNALWIRE


@pytest.mark.parametrize(
    "text", ["RE" + "G" * 32, "RE" + "A" * 32, "CA" + "0" * 32, "RE", "0" * 32]
)
def test_what_is_no_recording_sid_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        TWILIO.recording_id(text)


@pytest.mark.parametrize("extension", ["", ".wav", ".mp3"])
async def test_two_channels_are_mixed_down_to_one_and_one_is_never_made_two(
    extension: str, house: House, customer: Customer
) -> None:
    for name, channels in (("call", 2), ("sip", 1)):
        it = house.ours.recordings[name]
        path = f"/Recordings/{customer.sid(it)}{extension}"
        asked = await customer.get(path, params={"RequestedChannels": str(channels)})
        assert heard(asked.content).channels == channels
        other = await customer.get(path, params={"RequestedChannels": str(3 - channels)})
        if channels == 2:
            assert heard(other.content).channels == 1
            assert heard(other.content).seconds == pytest.approx(2.4, abs=0.05)
        else:
            assert refused(other) == (400, 16113)
        for nonsense in ("3", "", "two", "\x00"):
            wrong = await customer.get(path, params={"RequestedChannels": nonsense})
            assert refused(wrong) == (400, 16113)


async def test_signalwire_has_no_requested_channels(
    house: House, client: httpx2.AsyncClient
) -> None:
    customer = Customer(client, SIGNALWIRE, house.ours)
    path = f"/Recordings/{customer.sid(house.ours.recordings['sip'])}.wav"
    answer = await customer.get(path, params={"RequestedChannels": "2"})
    assert answer.status_code == 200


async def test_a_deleted_recording_is_told_of_for_forty_days_to_those_who_ask(
    stocked: Stock, tmp_path: Path
) -> None:
    clock = Clock(NOW)
    async with assembled(stocked, tmp_path / "data", clock=clock) as made:
        transport = httpx2.ASGITransport(made.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://v.test") as client:
            customer = Customer(client, TWILIO, made.ours)
            gone = customer.sid(made.ours.recordings["call"])
            place = f"/Recordings/{gone}"
            before = (await customer.get(place + ".json")).json()
            blobs = await made.kept()
            assert (await customer.ask("DELETE", place + ".json")).status_code == 204
            for path in (place + ".json", place + ".mp3", place + ".json?IncludeSoftDeleted=false"):
                assert refused(await customer.get(path)) == (404, 20404)
            assert refused(await customer.ask("DELETE", place)) == (404, 20404)
            assert gone not in await customer.sids("/Recordings")
            after = (await customer.get(place + ".json" + ASKING)).json()
            changed = {name for name in before if after[name] != before[name]}
            assert changed == {"status", "date_updated"}
            assert after["status"] == "deleted"
            assert len(await made.kept()) < len(blobs)
            for _ in range(2):
                assert gone in await customer.sids("/Recordings.json" + ASKING)
                clock.forward(40 * DAY)
            clock.forward(-40 * DAY + timedelta(microseconds=1))
            assert gone not in await customer.sids("/Recordings.json" + ASKING)
            assert refused(await customer.get(place + ".json" + ASKING)) == (404, 20404)


async def test_pages_with_deleted_ones_keep_them(house: House, customer: Customer) -> None:
    page = (await customer.get("/Recordings.json" + ASKING + "&PageSize=3")).json()
    seen = page["recordings"]
    while page["next_page_uri"] is not None:
        assert "IncludeSoftDeleted=true" in page["next_page_uri"]
        page = (await customer.get(page["next_page_uri"])).json()
        seen += page["recordings"]
    told = {it["sid"]: it["status"] for it in seen}
    assert len(seen) == len(house.ours.recordings)
    assert told[customer.sid(house.ours.recordings["deleted"])] == "deleted"
    assert list(told.values()).count("deleted") == 1


@pytest.mark.parametrize("path", ["/Recordings.json", "/Recordings/RE{}.json"])
async def test_whether_deleted_ones_are_wanted_is_true_or_false(
    path: str, house: House, customer: Customer
) -> None:
    place = path.format(house.ours.recordings["call"].id.hex)
    for nonsense in ("yes", "", "TRUE\x00"):
        answer = await customer.get(place, params={"IncludeSoftDeleted": nonsense})
        assert refused(answer) == (400, 20001)


async def test_signalwire_forgets_what_was_deleted(
    house: House, client: httpx2.AsyncClient
) -> None:
    customer = Customer(client, SIGNALWIRE, house.ours)
    gone = customer.sid(house.ours.recordings["deleted"])
    assert refused(await customer.get(f"/Recordings/{gone}.json{ASKING}")) == (404, 20404)
    assert gone not in await customer.sids("/Recordings" + ASKING)


async def test_a_foreign_deleted_recording_is_not_told_of(house: House, customer: Customer) -> None:
    theirs = house.theirs.recordings["deleted"]
    never = RecordingId(UUID(int=1))
    for id in (theirs.id, never):
        answer = await customer.get(f"/Recordings/RE{id.hex}.json{ASKING}")
        assert refused(answer) == (404, 20404)
