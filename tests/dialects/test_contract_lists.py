"""Lists of recordings in every dialect: each once, newest first, nobody else's, as filtered."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import httpx2
import pytest

from dialects.asking import comparable, holding, is_refusal, send
from dialects.driver import DIALECTS, Ask, Filter, Listing, Subject, driver
from dictabelt.core.ids import RecordingId
from dictabelt.core.nouns import Known, Recording, State
from dictabelt.http.dialect import Dialect
from stocked import House, Tenant

Place = tuple[Dialect, Listing]
PLACES: list[Place] = [(it, listing) for it in DIALECTS for listing in driver(it.name).listings]
FILTERS = [(*place, it) for place in PLACES for it in place[1].filters]
HOSTILE = ("", " ", "x", "-1", "0", "1e3", "9" * 40, "\x00", "null", "é" * 300, "a" * 9_000)

every_place = pytest.mark.parametrize("place", PLACES, ids=lambda it: f"{it[0].name} {it[1].path}")


def first(place: Place, tenant: Tenant, **query: str) -> Ask:
    """The request for the first page."""
    return first_about(place, tenant.recordings["call"], **query)


def first_about(place: Place, recording: Recording, **query: str) -> Ask:
    """The request for the first page of a list that may hang below what the recording is of."""
    dialect, listing = place
    drive = driver(dialect.name)
    path = listing.path.format_map(drive.places(Subject.of(recording)))
    return Ask("GET", path, query)


async def pages(
    client: httpx2.AsyncClient,
    place: Place,
    tenant: Tenant,
    *,
    ask: Ask,
    between: Callable[[int], object] = lambda _: None,
) -> list[UUID]:
    """Every id on the way from the first page to the last."""
    seen: list[UUID] = []
    following: Ask | None = ask
    for turn in range(200):
        if following is None:
            return seen
        answer = await send(client, following, holding(place[0], tenant))
        assert answer.status_code == 200, answer.text
        seen += place[1].ids(answer)
        following = place[1].following(answer, following)
        step = between(turn)
        if step is not None:
            await step  # type: ignore[misc]
    raise AssertionError("the list has no end")


def of_ours(house: House) -> Iterator[Recording]:
    """Ours that are there, newest first."""
    there = [it for name, it in house.ours.recordings.items() if name != "deleted"]
    yield from sorted(there, key=lambda it: (it.created_at, it.id.bytes), reverse=True)


def test_every_dialect_that_can_list_is_here() -> None:
    assert {it[0].name for it in PLACES} >= {"laml", "relay", "bird", "bota", "native"}


def wide(place: Place) -> bool:
    """Whether the list is of the whole account."""
    return "{call}" not in place[1].path and "{conference}" not in place[1].path


@pytest.mark.parametrize("size", [1, 3, 50])
@every_place
async def test_a_list_shows_all_of_ours_once_newest_first_and_none_of_theirs(
    place: Place, size: int, house: House, client: httpx2.AsyncClient
) -> None:
    ask = first(place, house.ours, **place[1].sized(size))
    expected = [it.id for it in of_ours(house)]
    if not wide(place):
        own = house.ours.recordings["call"]
        expected = [it.id for it in of_ours(house) if it.source_id == own.source_id]
    assert await pages(client, place, house.ours, ask=ask) == expected


@pytest.mark.parametrize("place", [it for it in PLACES if wide(it)], ids=lambda it: it[1].path)
async def test_recordings_that_come_and_go_meanwhile_neither_double_nor_hide_others(
    place: Place, house: House, client: httpx2.AsyncClient
) -> None:
    if not place[1].steady:
        pytest.skip("the vendor counts items from the top")
    there = {it.id for it in of_ours(house)}
    crowd = [await another(house, it) for it in range(12)]
    doomed = crowd[3::4]

    async def change(turn: int) -> None:
        await another(house, 100 + turn)
        if turn < len(doomed):
            await house.vault.recordings.delete(house.ours.owner, doomed[turn])

    ask = first(place, house.ours, **place[1].sized(3))
    seen = await pages(client, place, house.ours, ask=ask, between=change)
    assert len(seen) == len(set(seen))
    assert there | (set(crowd) - set(doomed)) <= set(seen)


async def another(house: House, number: int) -> RecordingId:
    """A recording without media."""
    known = Known(call_id=f"crowd-{number}")
    return (await house.vault.ingest.begin(house.ours.owner, known, State.QUEUED)).id


@every_place
async def test_an_empty_list_is_a_list(
    place: Place, house: House, client: httpx2.AsyncClient
) -> None:
    account = await house.vault.accounts.add("New", media_public=True, link_seconds=None)
    owner = await house.vault.access.operator(str(account.id))
    tenant = replace(house.ours, account=account, owner=owner, keys=await keys(house, account.name))
    about = replace(house.ours.recordings["call"], account=account.id)
    ask = first_about(place, about)
    assert await pages(client, place, tenant, ask=ask) == []


async def keys(house: House, account: str) -> dict[str, str]:
    from dictabelt.core.accounts import Grant
    from stocked import VOICE

    owner = await house.vault.access.operator(account)
    return {"all": (await house.vault.accounts.issue_key(owner, Grant("all", VOICE))).token}


@every_place
async def test_the_list_of_a_foreign_account_is_that_of_an_unknown_one(
    place: Place, house: House, client: httpx2.AsyncClient
) -> None:
    drive = driver(place[0].name)
    if drive.account_parameter is None:
        pytest.skip("the path names no account")
    answers = []
    for account in (house.theirs.account.id, Subject.unknown(house.ours.account.id).recording):
        subject = replace(Subject.of(house.ours.recordings["call"]), account=account)
        path = place[1].path.format_map(drive.places(subject))
        answer = await send(client, Ask("GET", path), holding(place[0], house.ours))
        assert is_refusal(drive, answer)
        assert drive.status(answer) == 404
        answers.append(comparable(answer, path))
    assert answers[0] == answers[1]


@every_place
async def test_a_key_that_may_only_write_lists_nothing(
    place: Place, house: House, client: httpx2.AsyncClient
) -> None:
    drive = driver(place[0].name)
    answer = await send(client, first(place, house.ours), holding(place[0], house.ours, "write"))
    assert is_refusal(drive, answer)
    assert drive.status(answer) == drive.no_scope


@pytest.mark.parametrize(
    ("dialect", "listing", "condition"),
    FILTERS,
    ids=lambda it: it.name if isinstance(it, Dialect | Filter) else "",
)
async def test_a_filter_shows_what_it_asks_for_and_nothing_else(
    dialect: Dialect,
    listing: Listing,
    condition: Filter,
    house: House,
    client: httpx2.AsyncClient,
) -> None:
    tried = 0
    for it in of_ours(house):
        try:
            query = condition.query(it)
        except (AttributeError, TypeError):
            continue  # the recording knows nothing of what the filter is about
        expected = [other.id for other in of_ours(house) if condition.holds(it, other)]
        ask = first((dialect, listing), house.ours, **listing.sized(2), **query)
        assert await pages(client, (dialect, listing), house.ours, ask=ask) == expected
        tried += 1
    assert tried


@every_place
async def test_hostile_values_of_every_parameter_are_answered_in_the_vendors_shape(
    place: Place, house: House, client: httpx2.AsyncClient
) -> None:
    dialect, listing = place
    drive, call = driver(dialect.name), house.ours.recordings["call"]
    names = set(listing.sized(5)) | {name for it in listing.filters for name in it.query(call)}
    for name in names:
        for value in HOSTILE:
            ask = first(place, house.ours, **{name: value})
            answer = await send(client, ask, holding(dialect, house.ours))
            assert answer.status_code < 500, (name, value)
            if answer.status_code != 200:
                assert drive.refuses(answer.json()), (name, value, answer.text)
