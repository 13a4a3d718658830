"""Relay's pages: forth, back, and what a page cannot be."""

import httpx2
import pytest

import samples
from dialects.asking import holding
from dialects.driver import DIALECTS
from dictabelt.core.errors import Invalid
from dictabelt.dialects.relay import paging, wire
from stocked import House

RELAY = next(it for it in DIALECTS if it.name == "relay")


async def test_prev_leads_back_over_the_same_pages(
    house: House, client: httpx2.AsyncClient
) -> None:
    proof = holding(RELAY, house.ours)
    page = (await client.get(f"{wire.BASE}?page_size=3", headers=proof)).json()
    forth = [page["data"]]
    assert "prev" not in page["links"]
    while following := page["links"].get("next"):
        page = (await client.get(following, headers=proof)).json()
        forth.append(page["data"])
    back = [page["data"]]
    while before := page["links"].get("prev"):
        page = (await client.get(before, headers=proof)).json()
        back.append(page["data"])
    ids = [[it["id"] for it in them] for them in forth]
    assert [len(it) for it in ids] == [3, 3, 1]
    assert [[it["id"] for it in them] for them in back] == ids[::-1]
    assert "next" in page["links"]


async def test_every_recording_comes_with_a_link_where_it_can_be_heard(
    house: House, client: httpx2.AsyncClient
) -> None:
    page = (await client.get(wire.BASE, headers=holding(RELAY, house.ours))).json()
    for it in page["data"]:
        if it["status"] == "completed":
            assert (await client.get(it["url"])).headers["content-type"] == "audio/wav"
        else:
            assert it["url"] == ""


@pytest.mark.parametrize(
    "query",
    [
        {"page_size": "0"},
        {"page_size": "1001"},
        {"page_size": ""},
        {"page_size": "٣"},
        {"page_number": "-1"},
        {"page_token": "PA"},
        {"page_token": f"PC{samples.RECORDING}"},
    ],
    ids=str,
)
def test_a_page_that_cannot_be(query: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        paging.asked(query)


def test_without_a_word_the_first_fifty_are_asked_for() -> None:
    it = paging.asked({})
    assert (it.number, it.window.limit, it.window.behind) == (0, 50, None)
