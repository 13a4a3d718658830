"""What is given again is what would be given, and is not given once anything has changed."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from clocks import Clock
from dialects.asking import READS, Route, every_read, holding
from dialects.driver import DIALECTS, Subject, driver, reading
from dictabelt.app import opened
from dictabelt.core.accounts import AccountChanges, Grant
from dictabelt.core.nouns import Recording, Scope
from dictabelt.core.ports import beat_of
from dictabelt.core.vault import Vault
from dictabelt.http.dialect import Dialect, Endpoint
from dictabelt.http.sigv4 import Signer, sign
from dictabelt.settings import load
from http_again import Answer, Place, placed
from linking import key
from stocked import Stock, Tenant

SECOND = timedelta(seconds=1)

every_teller = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda it: it.name)


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2126, 3, 5, 12, 0, 0, 400_000, tzinfo=UTC))


of_files = pytest.mark.usefixtures("blobs_in_folder")


@pytest.fixture
async def place(stocked: Stock, tmp_path: Path, clock: Clock) -> AsyncIterator[Place]:
    async with placed(stocked, tmp_path / "data", clock) as made:
        if beat_of(made.here.db) is None:
            pytest.skip("only reading the rows tells whether they are the same")
        yield made


def about(place: Place, dialect: Dialect, it: Recording, who: Tenant, key: str = "all") -> bytes:
    """The dialect's request that tells of a recording."""
    ask = driver(dialect.name).ask(telling(dialect), Subject.of(it))
    return place.request(ask, holding(dialect, who, key))


def telling(dialect: Dialect) -> Endpoint:
    """The endpoint that tells of a recording; our own API's links are made to be counted."""
    if dialect.name != "native":
        return reading(dialect)
    wanted = ("GET", "/vault/v1/recordings/{id}")
    return next(it for _, it in READS if (it.method, it.path) == wanted)


async def link(place: Place, it: Recording, *, expires: int = 600) -> str:
    """A link to the WAV of a recording, from now on."""
    ring = place.here.vault.ring
    now = await ring.clock()
    signer = Signer(ring.signing(), str(ring.secret(ring.signing(), now)))
    url = f"http://127.0.0.1:{place.served.port}/media/{key(it, 'recording.wav')}"
    return sign(signer, url, expires=expires, now=now)


@every_read
async def test_it_is_what_it_was(place: Place, route: Route) -> None:
    dialect, endpoint = route
    ours = place.here.ours
    ask = driver(dialect.name).ask(endpoint, Subject.of(ours.recordings["call"]))
    data = place.request(ask, holding(dialect, ours))
    first = await place.usual(data)
    for _ in range(4):
        assert same(await place.say(data), first)


def same(one: Answer, other: Answer) -> bool:
    """Whether they say the same but for how often it was asked."""
    return without_count(one) == without_count(other)


def without_count(it: Answer) -> Answer:
    fields = tuple(field for field in it.fields if field[0] != b"x-ratelimit-remaining")
    return replace(it, fields=fields)


@every_teller
async def test_the_third_like_it_needs_no_application(place: Place, dialect: Dialect) -> None:
    data = about(place, dialect, place.here.ours.recordings["call"], place.here.ours)
    known = [await place.is_known(data) for _ in range(4)]
    assert known == [False, False, True, True]


@every_teller
async def test_its_link_is_of_the_second_it_is_given_in(place: Place, dialect: Dialect) -> None:
    data = about(place, dialect, place.here.ours.recordings["call"], place.here.ours)
    before = await place.learned(data)
    place.clock.forward(0.7 * SECOND)
    asked = place.app.asked
    after = await place.say(data)
    assert place.app.asked == asked
    assert same(after, await place.usual(data))
    assert (after.body != before.body) == (b"X-Amz-Date" in before.body)


Ending = Callable[[Place], Awaitable[object]]


async def deleted(place: Place) -> None:
    ours = place.here.ours
    await place.here.vault.recordings.delete(ours.owner, ours.recordings["call"].id)


async def deleted_elsewhere(place: Place) -> None:
    async with elsewhere(place) as other:
        ours = place.here.ours
        await other.recordings.delete(ours.owner, ours.recordings["call"].id)


async def key_revoked(place: Place) -> None:
    ours, vault = place.here.ours, place.here.vault
    for it in await vault.accounts.keys(ours.owner):
        await vault.accounts.revoke_key(ours.owner, it.id)


async def keys_rotated(place: Place) -> None:
    await place.here.vault.ring.rotate(grace=timedelta(0))


async def links_shortened(place: Place) -> None:
    wanted = AccountChanges(link_seconds=7)
    await place.here.vault.accounts.change(place.here.ours.owner, wanted)


async def limited(place: Place) -> None:
    wanted = AccountChanges(requests_a_minute=1)
    await place.here.vault.accounts.change(place.here.ours.owner, wanted)


@asynccontextmanager
async def elsewhere(place: Place) -> AsyncIterator[Vault]:
    """The same vault, as another process has it."""
    async with opened(load({"data": place.here.folder}, {})) as vault:
        yield vault


endings = pytest.mark.parametrize(
    "ending",
    [deleted, deleted_elsewhere, key_revoked, keys_rotated, links_shortened, limited],
    ids=lambda it: it.__name__,
)


@endings
@every_teller
async def test_once_something_has_changed_the_application_answers(
    place: Place, dialect: Dialect, ending: Ending
) -> None:
    data = about(place, dialect, place.here.ours.recordings["call"], place.here.ours)
    await place.learned(data)
    await ending(place)
    asked = place.app.asked
    answer = await place.say(data)
    assert place.app.asked == asked + 1
    assert same(answer, await place.usual(data)) or ending is limited


@every_teller
async def test_a_key_is_good_for_nothing_once_it_expires(place: Place, dialect: Dialect) -> None:
    ours, vault = place.here.ours, place.here.vault
    scopes = frozenset({Scope.READ, Scope.WRITE})
    grant = Grant("short", scopes, lifetime=0.5 * SECOND)
    token = (await vault.accounts.issue_key(ours.owner, grant)).token
    short = replace(ours, keys={**ours.keys, "short": token})
    data = about(place, dialect, ours.recordings["call"], short, "short")
    good = await place.learned(data)
    place.clock.forward(0.5 * SECOND)
    bad = await place.say(data)
    assert bad == await place.usual(data)
    assert bad.body != good.body


@every_teller
async def test_two_accounts_never_meet(place: Place, dialect: Dialect) -> None:
    ours, theirs = place.here.ours, place.here.theirs
    data = about(place, dialect, ours.recordings["call"], ours)
    await place.learned(data)
    for who in (theirs, ours):
        for which in ("call", "sip"):
            for it in (ours, theirs):
                asked = about(place, dialect, it.recordings[which], who)
                for _ in range(3):
                    assert same(await place.say(asked), await place.usual(asked))


async def test_a_limit_counts_what_is_given_again(place: Place) -> None:
    bota = next(it for it in DIALECTS if it.name == "bota")
    ours = place.here.ours
    wanted = AccountChanges(requests_a_minute=6)
    await place.here.vault.accounts.change(ours.owner, wanted)
    data = about(place, bota, ours.recordings["call"], ours)
    answers = [await place.say(data) for _ in range(8)]
    assert [it.code for it in answers] == [200] * 6 + [429] * 2
    left = [dict(it.fields)[b"x-ratelimit-remaining"] for it in answers]
    assert left == [b"5", b"4", b"3", b"2", b"1", b"0", b"0", b"0"]


@every_teller
async def test_whoever_watches_hears_the_same(place: Place, dialect: Dialect) -> None:
    data = about(place, dialect, place.here.ours.recordings["call"], place.here.ours)
    url = await link(place, place.here.ours.recordings["call"])
    for asked in (data, place.link(url, Range="bytes=100-2099")):
        place.traces.told.clear()
        for _ in range(5):
            await place.say(asked)
        told = place.traces.told
        assert len({it.id for it in told}) == 5
        assert all(0 < it.seconds < 10 for it in told)
        assert len({repr(replace(it, id="", seconds=0.0)) for it in told}) == 1


@of_files
async def test_any_part_of_a_file_is_given_again(place: Place) -> None:
    random, url = Random(3), await link(place, place.here.ours.recordings["call"])
    whole = (await place.say(place.link(url))).body
    await part_learned(place, url)
    for _ in range(30):
        first, last = sorted(random.sample(range(44, len(whole)), 2))
        data = place.link(url, range=f"bytes={first}-{last}")
        asked = place.app.asked
        answer = await place.say(data)
        assert place.app.asked == asked
        assert (answer.code, answer.body) == (206, whole[first : last + 1])
        assert answer == await place.usual(data)


async def part_learned(place: Place, url: str) -> None:
    """As `Place.learned`, for parts of a file from its first sample on."""
    for last in (47, 50, 60, 70):
        await place.say(place.link(url, range=f"bytes=44-{last}"))


@pytest.mark.parametrize(
    "asked",
    [
        {"range": "bytes=100-"},
        {"range": "bytes=100-99999999"},
        {"range": "bytes=-100"},
        {"range": "bytes=0-50"},
        {"range": "bytes=99999999-"},
        {"range": "bytes=200-100"},
        {"range": "bytes=1-2,5-6"},
        {"range": "lines=1-2"},
        {"range": "bytes=1-2", "if-range": '"other"'},
        {"range": "bytes=1-2", "if-none-match": "*"},
        {"if-none-match": "*"},
        {"if-match": '"other"'},
        {},
    ],
    ids=str,
)
async def test_what_is_asked_otherwise_is_answered_as_ever(
    place: Place, asked: dict[str, str]
) -> None:
    url = await link(place, place.here.ours.recordings["call"])
    await part_learned(place, url)
    for method in ("GET", "HEAD"):
        data = place.link(url, **asked).replace(b"GET", method.encode(), 1)
        for _ in range(4):
            assert nameless(await place.say(data)) == nameless(await place.usual(data))


def nameless(it: Answer) -> Answer:
    """Without the name of the request, which S3's errors say in the body."""
    return replace(it, body=re.sub(rb"<RequestId>.*</RequestId>", b"", it.body))


@of_files
@pytest.mark.parametrize("ending", [deleted, deleted_elsewhere, keys_rotated])
async def test_a_part_is_not_given_again_once_it_may_not(place: Place, ending: Ending) -> None:
    url = await link(place, place.here.ours.recordings["call"])
    await part_learned(place, url)
    data = place.link(url, range="bytes=100-199")
    assert await place.is_known(data)
    await ending(place)
    place.clock.forward(SECOND)  # a key may be good for that long
    assert (await place.say(data)).code in (403, 404)


@of_files
async def test_a_link_ends_to_the_instant(place: Place) -> None:
    url = await link(place, place.here.ours.recordings["call"], expires=1)
    await part_learned(place, url)
    data = place.link(url, range="bytes=100-199")
    place.clock.forward(0.599999 * SECOND)
    assert await place.is_known(data)
    place.clock.forward(0.000001 * SECOND)
    assert (await place.say(data)).code == 403


def held(place: Place) -> list[str]:
    """The files of the store that this process has open."""
    links = []
    for it in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            links.append(str(it.readlink()))
    return [it for it in links if it.startswith(f"{place.here.folder}/blobs")]


@of_files
async def test_a_file_is_let_go_when_nobody_asks(place: Place) -> None:
    url = await link(place, place.here.ours.recordings["call"])
    await part_learned(place, url)
    assert len(held(place)) == 1
    await deleted(place)
    clock = asyncio.get_running_loop().time
    place.served.watch.look(clock())
    place.served.watch.look(clock())
    assert held(place) == []


@of_files
async def test_so_many_files_are_open_and_no_more(place: Place) -> None:
    it = place.here.ours.recordings["call"]
    urls = [await link(place, it, expires=600 + n) for n in range(110)]
    for url in urls:
        await part_learned(place, url)
    assert len(held(place)) == 100
    await place.say(place.link(urls[-1], range="bytes=100-199"))
