"""/readyz: every part tried, each in bounded time, and the reasons said."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from asgi_requests import request
from dictabelt.app import front, opened, oversight
from dictabelt.core.errors import StorageFailed
from dictabelt.core.health import Check
from dictabelt.http.health import Ready
from dictabelt.settings import load
from stocked import House, Stock, copied

Opening = Callable[..., AbstractAsyncContextManager[House]]
MOMENT = timedelta(milliseconds=50)
NEVER = timedelta(0)


async def asked(ready: Ready, path: str = "/readyz") -> httpx2.Response:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer = await ready(request(path))
        await answer(scope, receive, send)

    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://vault.test") as client:
        return await client.get(path)


def failing(error: Exception) -> Check:
    async def check() -> None:
        raise error

    return check


async def passing() -> None:
    """All is well."""


class Hanging:
    """A check that waits until it is let go, and counts how often it was begun."""

    def __init__(self) -> None:
        self.begun, self.go = 0, asyncio.Event()

    async def __call__(self) -> None:
        self.begun += 1
        await self.go.wait()


async def test_a_whole_vault_is_ready(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert answer.headers["cache-control"] == "no-store"


async def test_trying_storage_leaves_nothing_behind(
    client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    def files() -> set[Path]:
        return {it for it in (tmp_path / "data" / "blobs").rglob("*") if it.is_file()}

    before = files()
    assert (await client.get("/readyz")).status_code == 200
    assert files() == before


async def test_storage_that_is_gone_is_told(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    if not (tmp_path / "data" / "blobs").exists():
        pytest.skip("the vault is in a bucket")
    shutil.rmtree(tmp_path / "data" / "blobs")
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert list(answer.json()["reasons"]) == ["blobs"]
    assert "the storage folder is missing" in answer.json()["reasons"]["blobs"]
    assert str(tmp_path) not in answer.text


async def test_a_database_that_is_closed_is_told(stocked: Stock, tmp_path: Path) -> None:
    async with copied(stocked, tmp_path / "second") as settings, opened(settings) as vault:
        checks = vault.health.checks()
    answer = await asked(Ready({"database": checks["database"]}))
    assert answer.status_code == 503
    assert answer.json()["reasons"]["database"] == "the database is closed"


async def test_a_disk_with_too_little_room_is_told(opening: Opening) -> None:
    async with opening(least_free_mb=10**12) as house:
        transport = httpx2.ASGITransport(house.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://vault.test") as client:
            answer = await client.get("/readyz")
    assert answer.status_code == 503
    reason = answer.json()["reasons"]["disk"]
    assert "less than the 1000000000000 of the setting least_free_mb" in reason


async def test_every_reason_is_told_and_nothing_else() -> None:
    checks: dict[str, Check] = {
        "disk": passing,
        "database": failing(StorageFailed("it is locked")),
        "blobs": failing(StorageFailed("the bucket is gone")),
    }
    answer = await asked(Ready(checks))
    assert (answer.status_code, answer.json()) == (
        503,
        {
            "status": "unready",
            "reasons": {"database": "it is locked", "blobs": "the bucket is gone"},
        },
    )


async def test_a_check_that_hangs_holds_nobody_up_and_is_not_begun_again() -> None:
    hanging = Hanging()
    ready = Ready({"blobs": hanging}, patience=MOMENT, fresh=NEVER)
    for _ in range(3):
        async with asyncio.timeout(5):
            answer = await asked(ready)
        assert answer.json()["reasons"] == {"blobs": "no answer within 0.05 s"}
    assert hanging.begun == 1
    hanging.go.set()
    assert (await asked(ready)).status_code == 200


async def test_many_who_ask_at_once_share_one_trial() -> None:
    counted = Hanging()
    counted.go.set()
    ready = Ready({"blobs": counted})
    answers = await asyncio.gather(*(asked(ready) for _ in range(50)))
    assert {it.status_code for it in answers} == {200}
    assert counted.begun == 1


async def test_a_server_that_stops_says_so_at_once_and_tries_nothing() -> None:
    hanging, stopping = Hanging(), asyncio.Event()
    ready = Ready({"blobs": hanging}, stopping=stopping.is_set)
    stopping.set()
    answer = await asked(ready)
    assert (answer.status_code, answer.json()["reasons"]) == (
        503,
        {"stopping": "the server is shutting down"},
    )
    assert hanging.begun == 0


async def test_while_it_stops_it_still_lives_and_answers(house: House, tmp_path: Path) -> None:
    stopping = asyncio.Event()
    settings, seen = load({"data": tmp_path / "data"}, {}), oversight(stopping=stopping.is_set)
    transport = httpx2.ASGITransport(front(house.vault, settings, seen=seen))
    async with httpx2.AsyncClient(transport=transport, base_url="http://vault.test") as client:
        stopping.set()
        said = [(await client.get(it)).status_code for it in ("/readyz", "/livez", "/", "/metrics")]
    assert said[:3] == [503, 200, 200]


@pytest.mark.parametrize(("method", "path"), [("POST", "/readyz"), ("GET", "/readyz/x")])
async def test_nothing_else_is_there(client: httpx2.AsyncClient, method: str, path: str) -> None:
    assert (await client.request(method, path)).status_code == 404
