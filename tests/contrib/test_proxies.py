"""Behind nginx and Caddy everything is as without: links, ranges, uploads, callers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from contrib.proxies import PROXIES, behind
from stocked import House

PATIENCE = 20
every_proxy = pytest.mark.parametrize("proxy", PROXIES)


@pytest.fixture
async def through(house: House, proxy: str, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the stocked vault behind the proxy."""
    folder = tmp_path / "proxy"
    folder.mkdir()
    async with (
        behind(PROXIES[proxy], house.app, folder) as base,
        httpx2.AsyncClient(base_url=base, timeout=PATIENCE) as client,
    ):
        yield client


async def link(client: httpx2.AsyncClient, house: House) -> str:
    """SubVerse's link to the call, as the client gets it."""
    answer = await client.get(
        "/api/call/signed-recording-url",
        params={"callId": "Ours-call"},
        headers={"x-api-key": house.ours.keys["all"]},
    )
    url: str = answer.json()["data"]["url"]
    return url


@every_proxy
async def test_links_are_for_the_host_that_the_client_called(
    through: httpx2.AsyncClient, house: House
) -> None:
    url = await link(through, house)
    assert url.startswith(str(through.base_url))
    assert (await through.get(url)).status_code == 200


@every_proxy
async def test_ranges_and_validators_come_through(
    through: httpx2.AsyncClient, house: House
) -> None:
    url = await link(through, house)
    whole = await through.get(url)
    part = await through.get(url, headers={"range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, whole.content[100:300])
    assert part.headers["content-range"] == f"bytes 100-299/{len(whole.content)}"
    several = await through.get(url, headers={"range": "bytes=0-9,50-59"})
    assert several.headers["content-type"].startswith("multipart/byteranges")
    beyond = await through.get(url, headers={"range": "bytes=99999999-"})
    assert beyond.status_code == 416
    head = await through.head(url)
    assert head.headers["content-length"] == str(len(whole.content))
    assert head.headers["etag"] == whole.headers["etag"] == part.headers["etag"]
    fresh = await through.get(url, headers={"if-none-match": whole.headers["etag"]})
    assert fresh.status_code == 304


@every_proxy
@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
async def test_what_is_for_the_inside_stays_there(through: httpx2.AsyncClient, path: str) -> None:
    assert (await through.get(path)).status_code == 404
    assert (await through.get("/livez")).status_code == 200


@every_proxy
async def test_nobody_can_say_that_he_is_somewhere_else(proxy: str, tmp_path: Path) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        told = [request.headers.getlist(it) for it in ("x-real-ip", "forwarded")]
        host = request.client.host if request.client else ""
        await PlainTextResponse(f"{host} {scope['scheme']} {told}")(scope, receive, send)

    lies = {
        "x-forwarded-for": "10.0.0.1",
        "x-forwarded-proto": "https",
        "x-real-ip": "10.0.0.1",
        "forwarded": "for=10.0.0.1",
    }
    async with behind(PROXIES[proxy], app, tmp_path) as base, httpx2.AsyncClient() as client:
        assert (await client.get(base, headers=lies)).text == "127.0.0.1 http [[], []]"


@every_proxy
async def test_an_upload_comes_in_as_it_is_sent(proxy: str, tmp_path: Path) -> None:
    arrived = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        size = 0
        async for piece in Request(scope, receive).stream():
            size += len(piece)
            arrived.set()
        await PlainTextResponse(str(size))(scope, receive, send)

    async def body() -> AsyncIterator[bytes]:
        yield bytes(1000)
        # a proxy that waits for the end of the upload would wait for ever
        await asyncio.wait_for(arrived.wait(), PATIENCE)
        for _ in range(30):
            yield bytes(1_000_000)

    async with (
        behind(PROXIES[proxy], app, tmp_path) as base,
        httpx2.AsyncClient(timeout=PATIENCE) as client,
    ):
        answer = await client.put(base, content=body(), headers={"content-length": "30001000"})
    assert answer.text == "30001000"


@every_proxy
async def test_an_answer_goes_out_as_it_is_made(proxy: str, tmp_path: Path) -> None:
    heard = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await asyncio.wait_for(heard.wait(), PATIENCE)
        await send({"type": "http.response.body", "body": b"last"})

    async with (
        behind(PROXIES[proxy], app, tmp_path) as base,
        httpx2.AsyncClient(timeout=PATIENCE) as client,
        client.stream("GET", base) as answer,
    ):
        pieces = []
        async for piece in answer.aiter_raw():
            pieces.append(piece)
            heard.set()
    assert b"".join(pieces) == b"firstlast"
