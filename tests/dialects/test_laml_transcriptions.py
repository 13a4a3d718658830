"""Transcriptions in both flavours: what the owner's transcriber wrote, listed, shown, deleted."""

import httpx2
import pytest

from dialects.flavoured import Customer, every_flavour, refused
from dictabelt.core.transcript import Transcription
from dictabelt.core.transcriptions import Spoken
from dictabelt.dialects.laml.flavour import TRANSCRIPTION, Flavour
from dictabelt.dialects.laml.flavours import SIGNALWIRE
from stocked import House, Tenant


async def written(house: House, tenant: Tenant, which: str, text: str) -> Transcription:
    """What somebody said on one of the tenant's recordings."""
    spoken = Spoken("en-GB", text=text, price="0.05", price_unit="USD")
    owner, recording = tenant.owner, tenant.recordings[which].id
    return await house.vault.transcriptions.write(owner, recording, spoken)


def tid(customer: Customer, it: Transcription) -> str:
    return customer.speaks.spell(TRANSCRIPTION, it.id)


async def listed(customer: Customer, path: str) -> list[str]:
    answer = await customer.get(path)
    assert answer.status_code == 200, answer.text
    return [it["sid"] for it in answer.json()["transcriptions"]]


@pytest.mark.parametrize("extension", ["", ".json"])
@every_flavour
async def test_what_was_said_is_listed_shown_and_deleted(
    speaks: Flavour, extension: str, house: House, client: httpx2.AsyncClient
) -> None:
    customer, call = Customer(client, speaks, house.ours), house.ours.recordings["call"]
    ours = await written(house, house.ours, "call", "Is it open today?")
    other = await written(house, house.ours, "sip", "Hello")
    await written(house, house.theirs, "call", "A secret")
    sid, own = tid(customer, ours), f"/Recordings/{customer.sid(call)}/Transcriptions"
    newest = [tid(customer, other), sid]
    assert await listed(customer, f"/Transcriptions{extension}") == newest
    assert await listed(customer, own + extension) == [sid]
    shown = (await customer.get(f"/Transcriptions/{sid}{extension}")).json()
    assert shown == (await customer.get(f"{own}/{sid}{extension}")).json()
    assert shown["transcription_text"] == "Is it open today?"
    assert (shown["status"], shown["price"]) == ("completed", "-0.05")
    assert shown["recording_sid"] == customer.sid(call)
    typed = (2, "") if speaks is SIGNALWIRE else ("2", "fast")
    assert (shown["duration"], shown["type"]) == typed
    assert (await customer.get(shown["uri"])).json() == shown
    assert (await customer.ask("DELETE", f"{own}/{sid}{extension}")).status_code == 204
    path = f"/Transcriptions/{tid(customer, other)}{extension}"
    assert (await customer.ask("DELETE", path)).status_code == 204
    for gone in (path, f"{own}/{sid}"):
        for method in ("GET", "DELETE"):
            assert refused(await customer.ask(method, gone)) == (404, 20404)
    assert await listed(customer, "/Transcriptions") == []
    assert (await customer.get(f"/Recordings/{customer.sid(call)}.json")).status_code == 200


@every_flavour
async def test_pages_of_transcriptions_lead_to_one_another(
    speaks: Flavour, house: House, client: httpx2.AsyncClient
) -> None:
    customer, call = Customer(client, speaks, house.ours), house.ours.recordings["call"]
    said = [await written(house, house.ours, "call", str(it)) for it in range(5)]
    await written(house, house.ours, "sip", "elsewhere")
    own = f"/Recordings/{customer.sid(call)}/Transcriptions"
    newest = [tid(customer, it) for it in reversed(said)]
    page = (await customer.get(f"{own}?PageSize=2&DateCreated>=2020-01-01")).json()
    forth = [[it["sid"] for it in page["transcriptions"]]]
    while page["next_page_uri"] is not None:
        assert "DateCreated%3E=2020-01-01" in page["next_page_uri"]
        page = (await customer.get(page["next_page_uri"])).json()
        forth.append([it["sid"] for it in page["transcriptions"]])
    assert forth == [newest[:2], newest[2:4], newest[4:]]
    page = (await customer.get(page["previous_page_uri"])).json()
    assert [it["sid"] for it in page["transcriptions"]] == newest[2:4]
    assert await listed(customer, f"{own}?DateCreated<=2020-01-01") == []


@every_flavour
async def test_what_is_not_written_yet_has_no_words(
    speaks: Flavour, house: House, client: httpx2.AsyncClient
) -> None:
    customer, ours = Customer(client, speaks, house.ours), house.ours
    asked = await house.vault.transcriptions.request(
        ours.owner, ours.recordings["call"].id, "en-GB"
    )
    shown = (await customer.get(f"/Transcriptions/{tid(customer, asked)}")).json()
    assert (shown["status"], shown["transcription_text"]) == ("in-progress", None)
    spoken = Spoken("en-GB", error="too quiet")
    await house.vault.transcriptions.write(
        ours.owner, ours.recordings["call"].id, spoken, id=asked.id
    )
    shown = (await customer.get(f"/Transcriptions/{tid(customer, asked)}")).json()
    assert (shown["status"], shown["price"]) == ("failed", None)


@every_flavour
async def test_what_is_foreign_looks_as_what_never_was(
    speaks: Flavour, house: House, client: httpx2.AsyncClient
) -> None:
    customer, ours = Customer(client, speaks, house.ours), house.ours.recordings
    theirs = await written(house, house.theirs, "call", "A secret")
    mine = await written(house, house.ours, "call", "Hello")
    foreign, sid = house.theirs.recordings["call"], tid(customer, mine)
    for path in (
        f"/Transcriptions/{tid(customer, theirs)}",
        f"/Transcriptions/{customer.sid(ours['call'])}",
        "/Transcriptions/x.json",
        f"/Recordings/{customer.sid(ours['sip'])}/Transcriptions/{sid}",
        f"/Recordings/{customer.sid(foreign)}/Transcriptions/{sid}",
        f"/Recordings/{customer.sid(foreign)}/Transcriptions",
        f"/Recordings/{customer.sid(ours['deleted'])}/Transcriptions",
    ):
        assert refused(await customer.get(path)) == (404, 20404), path


@every_flavour
async def test_scopes_hold_for_transcriptions_too(
    speaks: Flavour, house: House, client: httpx2.AsyncClient
) -> None:
    customer = Customer(client, speaks, house.ours)
    mine = await written(house, house.ours, "call", "Hello")
    path = f"/Transcriptions/{tid(customer, mine)}.json"
    assert refused(await customer.holding("write").get(path)) == (401, 20003)
    assert refused(await customer.holding("write").get("/Transcriptions")) == (401, 20003)
    assert refused(await customer.holding("read").ask("DELETE", path)) == (401, 20003)
    assert (await customer.holding("write").ask("DELETE", path)).status_code == 204


@pytest.mark.parametrize(
    ("query", "code"),
    [("PageToken=PAx", 21481), ("PageSize=x", None), ("DateCreated=x", None)],
)
@every_flavour
async def test_what_a_list_cannot_mean_is_refused(
    speaks: Flavour, query: str, code: int | None, house: House, client: httpx2.AsyncClient
) -> None:
    customer = Customer(client, speaks, house.ours)
    answer = await customer.get(f"/Transcriptions?{query}")
    assert refused(answer) == (400, code or speaks.invalid)
