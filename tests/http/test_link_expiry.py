"""The instant at which a link ends, to the microsecond, in every dialect that gives links."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from starlette.types import ASGIApp

from assembly import Assembly
from clocks import Clock
from dialects.asking import send
from dialects.driver import DIALECTS, Subject, driver, reading
from dictabelt.core.accounts import Grant
from dictabelt.http.dialect import Dialect
from linking import every_linking
from stocked import VOICE

TICK = timedelta(microseconds=1)


@pytest.fixture
def clock() -> Clock:
    """Stands late in a second, where a fraction kept or dropped would show."""
    return Clock(datetime(2126, 3, 5, 23, 59, 59, 999_999, tzinfo=UTC))


@pytest.fixture
def app(here: Assembly) -> ASGIApp:
    return here.app


async def given(here: Assembly, client: httpx2.AsyncClient, *, dialect: Dialect) -> httpx2.Response:
    """The dialect's answer that holds a link."""
    drive, ours = driver(dialect.name), here.ours
    ask = drive.ask(reading(dialect), Subject.of(ours.recordings["call"]))
    return await send(client, ask, drive.proof(ours.account.id, ours.keys["all"]))


@every_linking
async def test_a_link_plays_until_the_last_microsecond_and_not_at_its_end(
    dialect: Dialect, here: Assembly, client: httpx2.AsyncClient, clock: Clock
) -> None:
    url = str(driver(dialect.name).heard(await given(here, client, dialect=dialect)))
    end = clock.now.replace(microsecond=0) + timedelta(
        seconds=driver(dialect.name).link_seconds or 0
    )
    clock.now = end - TICK
    assert (await client.get(url)).status_code == 200
    clock.now = end
    assert (await client.get(url)).status_code == 403
    clock.now = end + timedelta(days=365)
    assert (await client.get(url)).status_code == 403


async def test_the_end_that_bota_tells_is_the_end_that_is_enforced(
    here: Assembly, client: httpx2.AsyncClient, clock: Clock
) -> None:
    bota = next(it for it in DIALECTS if it.name == "bota")
    told = (await given(here, client, dialect=bota)).json()
    end = datetime.fromisoformat(told["expires_at"])
    clock.now = end - TICK
    assert (await client.get(told["download_url"])).status_code == 200
    clock.now = end
    assert (await client.get(told["download_url"])).status_code == 403


@every_linking
async def test_a_link_dies_with_its_key_at_the_end_of_the_grace(
    dialect: Dialect, here: Assembly, client: httpx2.AsyncClient, clock: Clock
) -> None:
    url = str(driver(dialect.name).heard(await given(here, client, dialect=dialect)))
    await here.vault.ring.rotate(grace=timedelta(minutes=5))
    end = clock.now + timedelta(minutes=5)
    clock.now = end - TICK
    assert (await client.get(url)).status_code == 200
    clock.now = end
    answer = await client.get(url)
    assert answer.status_code == 403
    assert "InvalidAccessKeyId" in answer.text


@every_linking
async def test_a_rotated_key_signs_no_more(
    dialect: Dialect, here: Assembly, client: httpx2.AsyncClient, clock: Clock
) -> None:
    fresh = await here.vault.ring.rotate(grace=timedelta(0))
    url = str(driver(dialect.name).heard(await given(here, client, dialect=dialect)))
    assert f"X-Amz-Credential={fresh.id}%2F" in url
    assert (await client.get(url)).status_code == 200


async def test_a_key_of_an_account_dies_at_the_very_instant_it_expires(
    here: Assembly, client: httpx2.AsyncClient, clock: Clock
) -> None:
    grant = Grant("brief", VOICE, lifetime=timedelta(minutes=1))
    token = (await here.vault.accounts.issue_key(here.ours.owner, grant)).token
    end = clock.now + timedelta(minutes=1)
    for dialect in DIALECTS:
        drive = driver(dialect.name)
        ask = drive.ask(reading(dialect), Subject.of(here.ours.recordings["call"]))
        proof = drive.proof(here.ours.account.id, token)
        clock.now = end - TICK
        assert drive.status(await send(client, ask, proof)) == 200
        clock.now = end
        assert drive.status(await send(client, ask, proof)) == 401
