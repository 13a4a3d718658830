"""/metrics: everything that happens is counted, and nothing of a client's is a label."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx2
import pytest
from prometheus_client import generate_latest

from dialects.asking import holding
from dialects.driver import DIALECTS, Subject, driver
from dictabelt.app import blobs_of, front, listener, monitor, opened, oversight
from dictabelt.core.ingest import Upload
from dictabelt.core.job import Leased
from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Known
from dictabelt.jobs.worker import Done
from dictabelt.metrics.registry import Figures
from dictabelt.metrics.work import noted
from dictabelt.settings import load
from metrics.reading import figure, figures
from serving import serving
from sounds import NOT_AUDIO, chunks, tone
from stocked import House, Stock, copied

SUBVERSE = "/api/call/signed-recording-url"


@pytest.fixture
async def watched(
    stocked: Stock, tmp_path: Path
) -> AsyncIterator[tuple[House, httpx2.AsyncClient]]:
    """A house with all of its figures, and a client at a real server of it."""
    seen = oversight()
    async with (
        copied(stocked, tmp_path / "data") as settings,
        opened(settings, seen) as vault,
    ):
        app = front(vault, settings, seen=seen)
        house = House(vault, app, stocked.ours, stocked.theirs, settings)
        async with serving(house.app) as base, httpx2.AsyncClient(base_url=base) as client:
            await listener(vault, seen).drain()
            yield house, client


Watched = tuple[House, httpx2.AsyncClient]


async def test_a_request_is_counted_at_its_endpoint(watched: Watched) -> None:
    house, client = watched
    it, key = house.ours.recordings["call"], house.ours.keys["all"]
    await client.get(f"/vault/v1/recordings/{it.id}", headers={"authorization": f"Bearer {key}"})
    place = {"dialect": "native", "endpoint": "/vault/v1/recordings/{id}"}
    assert await figure(client, "dictabelt_requests_total", **place, status="2xx") == 1
    assert await figure(client, "dictabelt_request_seconds_count", **place) == 1
    assert await figure(client, "dictabelt_sent_bytes_total", **place) > 100


@pytest.mark.parametrize(("key", "code"), [("none", "401"), ("wrong", "401"), ("good", "404")])
async def test_what_subverse_says_inside_its_200_is_told(
    watched: Watched, key: str, code: str
) -> None:
    house, client = watched
    keys = {"none": {}, "wrong": {"x-api-key": "x"}, "good": {"x-api-key": house.ours.keys["all"]}}
    answer = await client.get(SUBVERSE, params={"callId": "nobody's"}, headers=keys[key])
    assert (answer.status_code, answer.json()["responseCode"]) == (200, int(code))
    labels = {"dialect": "subverse", "endpoint": SUBVERSE, "status": "2xx"}
    assert await figure(client, "dictabelt_requests_total", **labels, code=code) == 1


async def test_words_of_clients_are_no_labels(watched: Watched) -> None:
    _, client = watched
    before = await figures(client)
    odd = (
        "/nothing-" + "x" * 50,
        "/v1/recordings/rec_nobody",
        "/2010-04-01/Accounts/A/b",
        "/media/x",
    )
    for path in odd:
        for method in ("GET", "BREW", "PROPFIND"):
            await client.request(method, path)
    fresh = (await figures(client)).keys() - before.keys()
    words = {value for _, labels in fresh for name, value in labels if name != "le"}
    assert not {it for it in words if any(one in it for one in ("nothing-", "nobody", "BREW"))}
    assert {"other", "none"} <= words


async def test_bytes_that_come_are_counted(watched: Watched) -> None:
    house, client = watched
    headers = {"authorization": f"Bearer {house.ours.keys['all']}"}
    await client.post("/vault/v1/recordings", json={"x": "y" * 1000}, headers=headers)
    assert await figure(client, "dictabelt_received_bytes_total", dialect="native") > 1000


async def test_views_and_encodes_are_told_apart(watched: Watched) -> None:
    house, _ = watched
    client, ours = watched[1], house.ours
    for form in (Form.MP3, Form.OPUS):
        it = await house.vault.renditions.get(ours.owner, ours.recordings["sip"].id, Variant(form))
        bytes_ = await it.open()
        assert await bytes_.read(0, 10)
        while await bytes_.read(0, 1 << 20) and form is Form.OPUS:
            if await figure(client, "dictabelt_encodes_total", form="opus", outcome="done"):
                break
        await bytes_.close()
    assert await figure(client, "dictabelt_views_total", form="mp3") == 1
    assert await figure(client, "dictabelt_encodes_total", form="mp3") == 0
    assert await figure(client, "dictabelt_encode_seconds_count", form="opus") == 1


async def test_what_cannot_be_decoded_is_counted(watched: Watched) -> None:
    house, client = watched
    await house.vault.ingest.add(house.ours.owner, Upload(chunks(NOT_AUDIO), name="a.mp3"), Known())
    labels = {"work": "probe", "outcome": "unreadable"}
    assert await figure(client, "dictabelt_decodes_total", **labels) == 1
    assert await figure(client, "dictabelt_decodes_running") == 0


async def test_jobs_are_counted_where_they_wait_and_where_they_end(watched: Watched) -> None:
    house, client = watched
    await house.vault.ingest.add(
        house.ours.owner, Upload(chunks(tone(0.2, 330)), name="a.wav"), Known()
    )
    assert await figure(client, "dictabelt_jobs", kind="analyse", state="due") == 1
    assert await figure(client, "dictabelt_job_oldest_seconds", kind="analyse") >= 0
    await listener(house.vault).drain()
    assert await figure(client, "dictabelt_jobs", kind="analyse", state="due") == 0


async def test_a_queue_that_is_empty_is_there_from_the_first_scrape_on() -> None:
    figures = Figures.new("0")

    async def listen(_: Leased) -> Done:
        return Done()

    noted({"analyse": listen}, figures)
    page = generate_latest(figures.registry).decode()
    assert 'dictabelt_jobs{kind="analyse",state="due"} 0.0' in page
    assert 'dictabelt_job_oldest_seconds{kind="analyse"} 0.0' in page


async def test_a_file_that_lost_its_end_is_an_integrity_failure(watched: Watched) -> None:
    house, client = watched
    it = house.ours.recordings["call"]
    key, store = str(it.media[0].blob), blobs_of(house.settings, house.settings.blobs)
    await store.delete(key)
    await store.put(key, chunks(bytes(100)))
    answer = await client.get(f"/2010-04-01/Accounts/{it.account}/Recordings/{it.id}.wav")
    assert answer.status_code >= 500
    assert await figure(client, "dictabelt_integrity_failures_total", asker="request") == 1
    assert await figure(client, "dictabelt_storage_errors_total", asker="request") == 1


@pytest.mark.parametrize("name", ["x-forwarded-for", "forwarded", "via", "x-real-ip"])
async def test_through_a_proxy_there_are_no_figures(watched: Watched, name: str) -> None:
    _, client = watched
    hidden = await client.get("/metrics", headers={name: "198.51.100.7"})
    missing = await client.get("/nowhere", headers={name: "198.51.100.7"})
    assert (hidden.status_code, hidden.json()) == (404, missing.json())


Opening = Callable[..., AbstractAsyncContextManager[House]]


@pytest.mark.parametrize(
    ("settings", "caller", "status"),
    [
        ({}, "127.0.0.1", 200),
        ({}, "::1", 200),
        ({}, "::ffff:127.0.0.1", 200),
        ({}, "10.1.2.3", 404),
        ({"metrics_networks": ["10.1.0.0/16"]}, "10.1.2.3", 200),
        ({"metrics_networks": ["10.1.0.0/16"]}, "10.2.2.3", 404),
        ({"metrics": "off"}, "127.0.0.1", 404),
    ],
)
async def test_figures_are_for_the_networks_of_the_settings(
    opening: Opening, settings: dict[str, object], caller: str, status: int
) -> None:
    async with opening(**settings) as house:
        transport = httpx2.ASGITransport(house.app, client=(caller, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://vault.test") as client:
            assert (await client.get("/metrics")).status_code == status
            assert (await client.get("/metrics/x")).status_code == 404
            assert (await client.post("/metrics")).status_code == 404


async def test_a_process_without_a_front_can_be_watched_all_the_same(
    house: House, tmp_path: Path
) -> None:
    app = monitor(house.vault, load({"data": tmp_path / "data"}, {}), seen=oversight())
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://vault.test") as client:
        for path in ("/livez", "/readyz", "/metrics"):
            assert (await client.get(path)).status_code == 200
        for path in ("/", "/docs", "/vault/v1/recordings", "/media/x"):
            assert (await client.get(path)).status_code == 404


async def test_openmetrics_is_there_for_who_asks(watched: Watched) -> None:
    _, client = watched
    wanted = "application/openmetrics-text; version=1.0.0"
    answer = await client.get("/metrics", headers={"accept": wanted})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


async def test_many_read_at_once(watched: Watched) -> None:
    _, client = watched
    answers = await asyncio.gather(*(client.get("/metrics") for _ in range(20)))
    assert {it.status_code for it in answers} == {200}


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda it: it.name)
async def test_no_endpoint_makes_more_than_its_share_of_lines(
    watched: Watched, dialect: object
) -> None:
    house, client = watched
    found = next(it for it in DIALECTS if it is dialect)
    drive = driver(found.name)
    for subject in (
        Subject.of(house.ours.recordings["call"]),
        Subject.unknown(house.ours.account.id),
    ):
        for endpoint in found.endpoints:
            if endpoint.method != "GET":
                continue
            ask = drive.ask(endpoint, subject)
            await client.get(ask.path, params=dict(ask.query), headers=holding(found, house.ours))
    templates = {it.path for it in found.endpoints} | {"none"}
    places = {
        value
        for (name, labels) in await figures(client)
        if name == "dictabelt_requests_total" and ("dialect", found.name) in labels
        for key, value in labels
        if key == "endpoint"
    }
    assert places
    assert places <= templates
