"""Every refusal of the core can be said in every dialect, and says nothing of ourselves."""

from collections.abc import Iterator, Mapping
from uuid import uuid4

import httpx2
import pytest
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from dialects.asking import every_dialect, is_refusal
from dialects.driver import driver
from dictabelt.core import errors
from dictabelt.core.errors import Internal, Invalid, StorageFailed, TooBusy, Unreadable, VaultError
from dictabelt.http.dialect import Dialect, MethodNotAllowed

SECRET = "/var/lib/vault/blobs/ab: disk sdb1 is full"
OURS = (VaultError, Internal, StorageFailed)


def below(kind: type[VaultError]) -> Iterator[type[VaultError]]:
    yield kind
    for it in kind.__subclasses__():
        yield from below(it)


def made(kind: type[VaultError], text: str) -> VaultError:
    if issubclass(kind, Invalid):
        return kind(text, field="id")
    if issubclass(kind, TooBusy):
        return kind(text, retry_after=7)
    if issubclass(kind, MethodNotAllowed):
        return kind(("GET", "HEAD"))
    return kind(text)


KINDS = [
    it
    for it in below(VaultError)
    if it.__module__ in (errors.__name__, MethodNotAllowed.__module__)
]


async def said(dialect: Dialect, refusal: VaultError) -> httpx2.Response:
    """The dialect's answer for `refusal` at one of its own paths."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer: ASGIApp = dialect.error(refusal, Request(scope, receive))
        await answer(scope, receive, send)

    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://vault.test") as client:
        return await client.get(f"{dialect.prefixes[0]}/x")


def statuses(document: object) -> Iterator[int]:
    """Every status under `responses`, wherever in the document a path item may stand."""
    if isinstance(document, Mapping):
        yield from (int(it) for it in document.get("responses", ()) if it.isdigit())
        for it in document.values():
            yield from statuses(it)


@every_dialect
@pytest.mark.parametrize("kind", KINDS, ids=lambda it: it.__name__)
async def test_every_refusal_can_be_said(dialect: Dialect, kind: type[VaultError]) -> None:
    answer = await said(dialect, made(kind, "the reason"))
    assert is_refusal(driver(dialect.name), answer)
    assert answer.headers["content-type"] in ("application/json", "application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.status_code in {405, *statuses(dialect.document())}


@every_dialect
@pytest.mark.parametrize("kind", [*OURS, Unreadable], ids=lambda it: it.__name__)
async def test_a_fault_of_ours_says_nothing_about_itself(
    dialect: Dialect, kind: type[VaultError]
) -> None:
    drive = driver(dialect.name)
    answer = await said(dialect, made(kind, SECRET))
    assert drive.status(answer) == 500
    assert not any(word in answer.text for word in ("/var", "sdb1", "disk", "full"))
    assert SECRET not in str(answer.headers)


@every_dialect
async def test_whoever_comes_too_soon_hears_when_to_come_back(dialect: Dialect) -> None:
    answer = await said(dialect, TooBusy("every encoder is at work", retry_after=7))
    assert answer.status_code in (429, 503)
    assert answer.headers["retry-after"] == "7"


@every_dialect
async def test_a_refused_method_names_those_that_are_not(dialect: Dialect) -> None:
    answer = await said(dialect, MethodNotAllowed(("GET", "HEAD")))
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


@every_dialect
async def test_missing_and_wrong_keys_are_401_and_a_lacking_scope_as_the_vendor_has_it(
    dialect: Dialect,
) -> None:
    drive = driver(dialect.name)
    assert drive.status(await said(dialect, errors.MissingKey("no key"))) == 401
    assert drive.status(await said(dialect, errors.Unauthorized("bad key"))) == 401
    assert drive.status(await said(dialect, errors.Forbidden("no scope"))) == drive.no_scope


@every_dialect
async def test_a_401_names_the_scheme_that_the_vendors_clients_use(dialect: Dialect) -> None:
    answer = await said(dialect, errors.Unauthorized("bad key"))
    if answer.status_code != 401:
        return
    proof = driver(dialect.name).proof(uuid4(), "token")["authorization"]
    scheme = proof.partition(" ")[0]
    assert answer.headers["www-authenticate"].startswith(f'{scheme} realm="')


@every_dialect
async def test_a_database_that_is_away_is_asked_again_soon(dialect: Dialect) -> None:
    answer = await said(dialect, StorageFailed("the database does not answer"))
    assert answer.status_code // 100 == 5 or dialect.name == "subverse"
    assert answer.headers["retry-after"] == "5"
