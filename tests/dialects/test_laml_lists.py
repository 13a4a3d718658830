"""LaML's lists in both flavours: pages forth and back, filters, and what is refused."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import pytest

from assembly import Assembly, assembled
from clocks import Clock
from dialects.flavoured import Customer, every_flavour, refused
from dictabelt.core.nouns import Known, Source, State
from dictabelt.dialects.laml.flavour import CALL, RECORDING, Flavour
from dictabelt.dialects.laml.flavours import SIGNALWIRE, TWILIO
from stocked import House, Stock

ORDER = {
    "signalwire": [
        *("uri", "first_page_uri", "next_page_uri", "previous_page_uri"),
        *("page", "page_size", "recordings"),
    ],
    "twilio": [
        *("end", "first_page_uri", "next_page_uri", "page", "page_size"),
        *("previous_page_uri", "recordings", "start", "uri"),
    ],
}


def newest(house: House, customer: Customer) -> list[str]:
    """Ours that are there, as the customer spells them."""
    there = [it for name, it in house.ours.recordings.items() if name != "deleted"]
    there.sort(key=lambda it: (it.created_at, it.id.bytes), reverse=True)
    return [customer.sid(it) for it in there]


async def another(house: House, number: int) -> str:
    """A recording that comes meanwhile; its id without any letters."""
    known = Known(call_id=f"meanwhile-{number}")
    return (await house.vault.ingest.begin(house.ours.owner, known, State.QUEUED)).id.hex


@every_flavour
async def test_three_pages_forth_and_back_show_each_once_though_others_come_between(
    speaks: Flavour, house: House, client: httpx2.AsyncClient
) -> None:
    customer = Customer(client, speaks, house.ours)
    there, come = newest(house, customer), []
    forth, back = [], []
    answer = await customer.get("/Recordings", params={"PageSize": "3"})
    for number in range(3):
        page = answer.json()
        assert (list(page), page["page"], page["page_size"]) == (ORDER[speaks.name], number, 3)
        forth.append([it["sid"] for it in page["recordings"]])
        come.append(await another(house, number))
        if page["next_page_uri"] is not None:
            answer = await customer.get(page["next_page_uri"])
    assert forth == [there[:3], there[3:6], there[6:]]
    while (uri := answer.json()["previous_page_uri"]) is not None:
        answer = await customer.get(uri)
        back.append([it["sid"] for it in answer.json()["recordings"]])
    assert back[:2] == [there[3:6], there[:3]]
    late = [it for page in reversed(back[2:]) for it in page]
    assert [it.removeprefix(RECORDING).replace("-", "") for it in late] == come[::-1]


@every_flavour
async def test_the_first_page_has_none_before_it_and_the_last_none_behind(
    speaks: Flavour, house: House, client: httpx2.AsyncClient
) -> None:
    customer = Customer(client, speaks, house.ours)
    first = (await customer.get("/Recordings", params={"PageSize": "6"})).json()
    last = (await customer.get(first["next_page_uri"])).json()
    assert first["previous_page_uri"] is None
    assert last["next_page_uri"] is None
    again = (await customer.get(last["previous_page_uri"])).json()
    assert again["recordings"] == first["recordings"]
    assert again["previous_page_uri"] is None
    assert again["first_page_uri"] == first["first_page_uri"] == first["uri"]


async def test_addresses_are_spelled_as_each_vendor_spells_them(
    house: House, client: httpx2.AsyncClient
) -> None:
    query = {"DateCreated>": "2024-01-01T00:00:00+00:00", "PageSize": "2"}
    told = {}
    for speaks in (SIGNALWIRE, TWILIO):
        customer = Customer(client, speaks, house.ours)
        page = (await customer.get("/Recordings.json", params=query)).json()
        told[speaks.name] = [page["uri"], page["next_page_uri"]]
        last = page["recordings"][-1]["sid"]
        token = f"&PageToken=PA{last}"
        kept = "DateCreated%3E=2024-01-01T00%3A00%3A00%2B00%3A00"
        if speaks is SIGNALWIRE:
            own = customer.at("/Recordings")
            ends = [f"{kept}&Page=0&PageSize=2", f"{kept}&Page=1&PageSize=2{token}"]
        else:
            own = customer.at("/Recordings.json")
            ends = [f"{kept}&PageSize=2&Page=0", f"{kept}&PageSize=2&Page=1{token}"]
        assert told[speaks.name] == [f"{own}?{it}" for it in ends]


async def test_addresses_are_the_vendors_own_whichever_prefix_was_asked(
    house: House, client: httpx2.AsyncClient
) -> None:
    for speaks, asked in ((SIGNALWIRE, "/2010-04-01"), (TWILIO, "/api/laml/2010-04-01")):
        customer = Customer(client, speaks, house.ours)
        path = customer.at("/Recordings.json").replace(speaks.root, asked, 1)
        assert (await customer.get(path)).json()["uri"].startswith(customer.at("/Recordings"))


@every_flavour
async def test_a_page_says_which_items_it_has_to_twilios_clients(
    speaks: Flavour, house: House, client: httpx2.AsyncClient
) -> None:
    customer = Customer(client, speaks, house.ours)
    page = (await customer.get("/Recordings", params={"PageSize": "3"})).json()
    page = (await customer.get(page["next_page_uri"])).json()
    none = (await customer.get("/Recordings", params={"DateCreated>": "2999-01-01"})).json()
    if speaks is TWILIO:
        assert (page["start"], page["end"]) == (3, 5)
        assert (none["start"], none["end"]) == (0, 0)
    assert none["recordings"] == []
    assert none["next_page_uri"] is none["previous_page_uri"] is None


@pytest.mark.parametrize(
    ("asked", "given"), [("0", 1), ("-7", 1), ("007", 7), ("1001", 1000), ("9" * 6_000, 1000)]
)
@every_flavour
async def test_a_page_size_is_brought_within_its_limits(
    speaks: Flavour, asked: str, given: int, house: House, client: httpx2.AsyncClient
) -> None:
    customer = Customer(client, speaks, house.ours)
    page = (await customer.get("/Recordings", params={"PageSize": asked})).json()
    assert page["page_size"] == given


@every_flavour
async def test_without_a_token_pages_are_counted_from_the_newest(
    speaks: Flavour, house: House, client: httpx2.AsyncClient
) -> None:
    customer = Customer(client, speaks, house.ours)
    there = newest(house, customer)
    assert await customer.sids("/Recordings?Page=1&PageSize=3") == there[3:6]
    assert await customer.sids("/Recordings?Page=2147483647&PageSize=1000") == []


@every_flavour
async def test_calls_and_conferences_have_lists_of_their_own(
    speaks: Flavour, house: House, client: httpx2.AsyncClient
) -> None:
    customer, ours = Customer(client, speaks, house.ours), house.ours.recordings
    conference = ours["conference"].conference
    assert conference is not None
    call, meeting = customer.call(ours["call"]), customer.conference(conference)
    for extension in ("", ".json"):
        assert await customer.sids(f"{call}/Recordings{extension}") == [customer.sid(ours["call"])]
        there = [customer.sid(ours["conference"])]
        assert await customer.sids(f"{meeting}/Recordings{extension}") == there
    page = (await customer.get(f"{meeting}/Recordings")).json()
    assert urlsplit(page["uri"]).path == customer.at(f"{meeting}/Recordings{speaks.extension}")
    theirs = customer.call(house.theirs.recordings["call"])
    assert await customer.sids(f"{theirs}/Recordings") == []


@every_flavour
async def test_a_foreign_token_leads_nowhere_as_one_that_never_was(
    speaks: Flavour, house: House, client: httpx2.AsyncClient
) -> None:
    customer = Customer(client, speaks, house.ours)
    theirs = customer.sid(house.theirs.recordings["call"])
    never = speaks.spell(RECORDING, UUID(int=1))
    told = [
        (await customer.get(f"/Recordings?PageToken=PA{it}")).text.replace(it, "*")
        for it in (theirs, never)
    ]
    assert told[0] == told[1]
    assert '"recordings":[]' in told[0]


BAD = {
    "PageToken=": 21481,
    "PageToken=PA": 21481,
    "PageToken=PAnothing": 21481,
    "PageToken=XX{sid}": 21481,
    "PageToken={sid}": 21481,
    "PageToken=PA{sid}&PageToken=PA{sid}": 21481,
    "PageSize=many": None,
    "PageSize=1e3": None,
    "PageSize=": None,
    "PageSize=1&PageSize=2": None,
    "Page=-1": None,
    "Page=2147483648": None,
    "Page=first": None,
    "DateCreated=yesterday": None,
    "DateCreated<=2024-02-30": None,
    "DateCreated%3E=%00": None,
    "CallSid=x": None,
    "CallSid={sid}%00": None,
    "ConferenceSid=": None,
    "CallSid=%ff": None,
    "&".join(f"a{it}=1" for it in range(300)): None,
}


@pytest.mark.parametrize("query", BAD, ids=lambda it: it[:40])
@every_flavour
async def test_what_a_list_cannot_mean_is_refused_in_the_vendors_words(
    speaks: Flavour, query: str, house: House, client: httpx2.AsyncClient
) -> None:
    customer = Customer(client, speaks, house.ours)
    path = "/Recordings?" + query.format(sid=customer.sid(house.ours.recordings["call"]))
    answer = await customer.get(path)
    assert refused(answer) == (400, BAD[query] or speaks.invalid)
    assert answer.json()["more_info"] == speaks.more_info.format(code=answer.json()["code"])


@every_flavour
async def test_ids_in_the_other_vendors_spelling_are_no_ids(
    speaks: Flavour, house: House, client: httpx2.AsyncClient
) -> None:
    customer = Customer(client, speaks, house.ours)
    other = TWILIO if speaks is SIGNALWIRE else SIGNALWIRE
    call = house.ours.recordings["call"].call
    assert call is not None
    answer = await customer.get(f"/Recordings?CallSid={other.spell(CALL, call.id)}")
    assert refused(answer) == (400, speaks.invalid)
    path = f"/Recordings/{other.spell(RECORDING, house.ours.recordings['call'].id)}.json"
    assert refused(await customer.get(path)) == (404, 20404)


# Created at these instants; told to the second, so that `at half past` reads 12:30:00.
INSTANTS = {
    "the day before": datetime(2023, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    "midnight": datetime(2024, 1, 1, tzinfo=UTC),
    "half past": datetime(2024, 1, 1, 12, 30, 0, 500_000, tzinfo=UTC),
    "the day after": datetime(2024, 1, 2, 0, 0, 1, tzinfo=UTC),
}
LATER = ("midnight", "half past", "the day after")
# A query, and who is found in SignalWire's words, and in Twilio's where that differs.
FILTERS: tuple[tuple[str, tuple[str, ...], tuple[str, ...] | None], ...] = (
    ("DateCreated=2024-01-01", ("midnight", "half past"), None),
    ("DateCreated=2024-01-01T09:00:00Z", ("midnight", "half past"), None),
    ("DateCreated=Mon,%2001%20Jan%202024%2009:00:00%20%2B0000", ("midnight", "half past"), None),
    ("DateCreated=2024-01-01T20:00:00-05:00", ("the day after",), None),
    ("DateCreated%3E=2024-01-01", LATER, None),
    ("DateCreated>=2024-01-01", LATER, None),
    ("DateCreated>=2024-01-01T12:30:00Z", ("half past", "the day after"), None),
    ("DateCreated>=Mon, 01 Jan 2024 12:30:01 GMT", ("the day after",), None),
    ("DateCreated%3C=2024-01-01", ("the day before",), ("the day before", "midnight")),
    ("DateCreated<=2024-01-01", ("the day before",), ("the day before", "midnight")),
    (
        "DateCreated<=2024-01-01T12:30:00Z",
        ("the day before", "midnight"),
        ("the day before", "midnight", "half past"),
    ),
    ("DateCreated>=2024-01-01&DateCreated<=2024-01-02", ("midnight", "half past"), None),
    ("DateCreated=2024-01-01&DateCreated>=2024-01-01T01:00:00Z", ("half past",), None),
    (
        "datecreated>=2999-01-01&DateCreated<=2024-01-01",
        ("the day before",),
        ("the day before", "midnight"),
    ),
    ("DateCreated=2022-01-01", (), None),
)


@asynccontextmanager
async def dated(stocked: Stock, folder: Path) -> AsyncIterator[tuple[Assembly, dict[str, str]]]:
    """The stock, and recordings made at those instants; their ids without letters."""
    clock = Clock(INSTANTS["midnight"])
    async with assembled(stocked, folder / "data", clock=clock) as made:
        ids = {}
        for name, instant in INSTANTS.items():
            clock.now = instant
            known = Known(call_id=name)
            one = await made.vault.ingest.begin(made.ours.owner, known, State.QUEUED)
            ids[one.id.hex] = name
        yield made, ids


@every_flavour
async def test_dates_find_what_was_created_then_and_nothing_else(
    speaks: Flavour, stocked: Stock, tmp_path: Path
) -> None:
    async with dated(stocked, tmp_path) as (made, names):
        transport = httpx2.ASGITransport(made.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://v.test") as client:
            customer = Customer(client, speaks, made.ours)
            for query, signalwire, twilio in FILTERS:
                wanted = signalwire if speaks is SIGNALWIRE or twilio is None else twilio
                sids = await customer.sids(f"/Recordings?{query}&PageSize=100")
                found = [it.removeprefix(RECORDING).replace("-", "") for it in sids]
                mine = [names[it] for it in reversed(found) if it in names]
                assert mine == list(wanted), query
                others = len(made.ours.recordings) - 1
                open_ended = query.startswith(("DateCreated>", "DateCreated%3E"))
                assert len(found) - len(mine) == (others if open_ended and "&" not in query else 0)


async def test_a_live_conference_has_a_list(house: House, client: httpx2.AsyncClient) -> None:
    known = Known(source=Source.CONFERENCE)
    live = await house.vault.ingest.begin(house.ours.owner, known, State.IN_PROGRESS)
    assert live.conference is not None
    customer = Customer(client, TWILIO, house.ours)
    page = await customer.get(f"{customer.conference(live.conference)}/Recordings.json")
    (told,) = page.json()["recordings"]
    assert (told["status"], told["duration"], told["call_sid"]) == ("in-progress", None, None)
    assert told["uri"] == customer.at(
        f"{customer.conference(live.conference)}/Recordings/{customer.sid(live)}.json"
    )
