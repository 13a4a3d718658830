"""Key, endpoint, answer; and what becomes of a fault at each step."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dictabelt.core.access import Credentials
from dictabelt.core.errors import (
    Internal,
    Invalid,
    NotFound,
    StorageFailed,
    TooBusy,
    Unreadable,
    VaultError,
)
from dictabelt.http.answers import ClientGone, json
from dictabelt.http.credentials import token
from dictabelt.http.dialect import (
    Dialect,
    Door,
    Endpoint,
    Exchange,
    MethodNotAllowed,
    NoSuchPath,
)
from dictabelt.http.mount import Broken, Front, Fronts, Mount
from dictabelt.http.urls import Urls
from serving import serving
from stocked import House

SECRET = "the database at /var/lib/vault is on fire"
Handler = Callable[[Exchange], Awaitable[ASGIApp]]


def refuse(refusal: VaultError, request: Request) -> ASGIApp:
    return json({"oops": type(refusal).__name__}, 503 if isinstance(refusal, TooBusy) else 418)


def credentials(request: Request) -> Credentials | None:
    return token(request, "bearer")


def mounted(house: House, handler: Handler, door: Door = Door.OPEN) -> Mount:
    """One endpoint, GET /toy/{id}, beside one front at /plain."""
    dialect = Dialect(
        name="toy",
        title="Toy",
        prefixes=("/toy",),
        endpoints=(Endpoint("GET", "/toy/{id}", handler, "-", door),),
        credentials=credentials,
        error=refuse,
        spell=lambda recording: str(recording.id),
        visit=lambda visitor: pytest.fail("nobody visits"),
        document=dict,
    )

    async def plain(request: Request) -> ASGIApp:
        return Response(request.url.path)

    urls = Urls(house.vault.ring, region="us-east-1")
    fronts = {
        "plain": Front(plain),
        "bad": Front(failing(ZeroDivisionError(SECRET))),
        "stuck": Front(failing(StorageFailed(SECRET))),
        "gone": Front(failing(NotFound("gone"))),
        "own": Front(failing(ZeroDivisionError(SECRET)), refuse),
        "late": Front(late, refuse),
    }
    return Mount(house.vault, urls, dialects=[dialect], fronts=Fronts(fronts))


def failing(error: Exception) -> Callable[[Request], Awaitable[ASGIApp]]:
    async def front(request: Request) -> ASGIApp:
        raise error

    return front


async def late(request: Request) -> ASGIApp:
    """Fails once it is to be sent."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise TooBusy("late", retry_after=1)

    return app


async def got(app: ASGIApp, path: str, headers: dict[str, str] | None = None) -> httpx2.Response:
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://vault.test") as client:
        return await client.get(path, headers=headers)


async def ok(exchange: Exchange) -> ASGIApp:
    return Response(f"{exchange.path['id']} {exchange.principal is not None} {exchange.base}")


def raising(error: Exception) -> Handler:
    async def handler(exchange: Exchange) -> ASGIApp:
        raise error

    return handler


async def test_a_handler_gets_what_the_path_says(house: House) -> None:
    answer = await got(mounted(house, ok), "/toy/7")
    assert (answer.status_code, answer.text) == (200, "7 False http://vault.test")


async def test_every_answer_has_an_id_of_its_own(house: House) -> None:
    app = mounted(house, ok)
    answers = [await got(app, it) for it in ("/toy/7", "/toy/7", "/toy", "/plain", "/no")]
    ids = [UUID(it.headers["x-request-id"]) for it in answers]
    assert len(set(ids)) == len(ids)


async def test_behind_a_door_with_a_key_nobody_is_let_in_without(house: House) -> None:
    app = mounted(house, ok, Door.KEY)
    assert (await got(app, "/toy/7")).json() == {"oops": "MissingKey"}
    wrong = {"authorization": "Bearer dbk_x"}
    assert (await got(app, "/toy/7", wrong)).json() == {"oops": "Unauthorized"}
    right = {"authorization": f"Bearer {house.ours.keys['all']}"}
    assert (await got(app, "/toy/7", right)).text.startswith("7 True")


@pytest.mark.parametrize(
    "refusal",
    [NotFound("x"), Invalid("x"), Internal("x"), NoSuchPath("x"), MethodNotAllowed(("GET",))],
)
async def test_a_refusal_is_said_by_the_dialect(refusal: VaultError, house: House) -> None:
    answer = await got(mounted(house, raising(refusal)), "/toy/7")
    assert (answer.status_code, answer.json()) == (418, {"oops": type(refusal).__name__})


async def test_a_fault_is_logged_and_said_as_nothing_but_a_fault(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "dictabelt.http"):
        answer = await got(mounted(house, raising(ZeroDivisionError(SECRET))), "/toy/7")
    assert (answer.status_code, answer.json()) == (418, {"oops": "Internal"})
    assert "fire" not in f"{answer.text} {answer.headers}"
    assert SECRET in str(caplog.records[0].exc_info)


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (StorageFailed("no"), True),
        (Unreadable("no"), True),
        (Internal("no"), True),
        (TooBusy("no", retry_after=1), True),
        (NotFound("no"), False),
        (Invalid("no"), False),
    ],
)
async def test_the_operator_hears_of_what_is_no_clients_doing(
    refusal: VaultError, told: bool, *, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "dictabelt.http"):
        await got(mounted(house, raising(refusal)), "/toy/7?secret=1")
    heard = [
        (it.levelname, it.getMessage(), vars(it)["path"], vars(it)["reason"])
        for it in caplog.records
    ]
    assert heard == [("WARNING", f"failed: {type(refusal).__name__}", "/toy/7", "no")] * told


async def test_a_front_may_have_words_of_its_own(house: House) -> None:
    app = mounted(house, ok)
    assert (await got(app, "/own")).json() == {"oops": "Internal"}
    answer = await got(app, "/late/x")
    assert (answer.status_code, answer.json()) == (503, {"oops": "TooBusy"})
    assert (await got(app, "/gone")).json() == {
        "title": "Not Found",
        "status": 404,
        "detail": "gone",
    }


@pytest.mark.parametrize("path", ["/bad", "/stuck"])
async def test_a_fault_of_a_front_says_nothing_about_itself(path: str, house: House) -> None:
    answer = await got(mounted(house, ok), path)
    assert (answer.status_code, answer.json()["title"]) == (500, "Internal Server Error")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "fire" not in answer.text


@pytest.mark.parametrize("path", ["/toys", "/nothing/here", "//", "/%2e%2e"])
async def test_what_belongs_to_nobody_is_a_plain_problem(path: str, house: House) -> None:
    answer = await got(mounted(house, ok), path)
    assert (answer.status_code, answer.json()["status"]) == (404, 404)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_front_has_everything_below_its_name(house: House) -> None:
    app = mounted(house, ok)
    assert (await got(app, "/plain")).text == "/plain"
    assert (await got(app, "/plain/a/b")).text == "/plain/a/b"
    assert (await got(app, "/plainer")).status_code == 404


async def test_whoever_has_gone_gets_no_answer(house: House) -> None:
    sent: list[object] = []

    async def send(message: object) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/toy/7", "headers": []}
    await mounted(house, raising(ClientGone()))(scope, receive, send)
    assert sent == []


async def test_an_empty_path_is_answered_too(house: House) -> None:
    statuses: list[int] = []

    async def send(message: dict[str, int]) -> None:
        statuses.append(message.get("status", 0))

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "", "headers": []}
    await mounted(house, ok)(scope, receive, send)  # type: ignore[arg-type]
    assert statuses[0] == 404


def breaking(error: Exception) -> Handler:
    """Begins a body of ten bytes and fails in the middle."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"10")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise error

    async def handler(exchange: Exchange) -> ASGIApp:
        return app

    return handler


@pytest.mark.parametrize("error", [NotFound("gone"), ZeroDivisionError(SECRET)])
async def test_an_answer_that_cannot_be_finished_is_broken_off(
    error: Exception, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    app = mounted(house, breaking(error))
    with caplog.at_level(logging.WARNING, "dictabelt.http"), pytest.raises(Broken):
        await got(app, "/toy/7")
    assert len(caplog.records) == 1
    async with serving(app) as base, httpx2.AsyncClient() as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get(f"{base}/toy/7")


async def test_a_dialect_answers_at_each_of_its_prefixes(house: House) -> None:
    app = mounted(house, ok)
    for path in ("/toy", "/toy/", "/toy/7/8"):
        assert (await got(app, path)).json() == {"oops": "NoSuchPath"}
    assert replace(Credentials("x"), token="y").token == "y"
