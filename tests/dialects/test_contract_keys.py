"""Keys and scopes at every route of every dialect."""

from uuid import uuid4

import httpx2
import pytest

from dialects.asking import (
    Route,
    comparable,
    every_delete,
    every_dialect,
    every_guarded,
    every_read,
    every_route,
    every_tell,
    holding,
    is_refusal,
    name,
    send,
)
from dialects.driver import DIALECTS, Ask, Subject, driver, reading
from dictabelt.core.tokens import new_token
from dictabelt.http.dialect import Dialect, Door
from stocked import House, Tenant

BASIC = [it for it in DIALECTS if driver(it.name).user_is_account]


def guarded(house: House) -> Tenant:
    """The account whose media is protected, so that every route of it takes a key."""
    return house.theirs


def about(route: Route, tenant: Tenant) -> Ask:
    return driver(route[0].name).ask(route[1], Subject.of(tenant.recordings["call"]))


@every_guarded
async def test_without_a_key_nothing_is_told(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, tenant = driver(route[0].name), guarded(house)
    unknown = drive.ask(route[1], Subject.unknown(tenant.account.id))
    for ask in (about(route, tenant), unknown):
        answer = await send(client, ask, {})
        assert is_refusal(drive, answer)
        assert drive.status(answer) == 401


@every_guarded
async def test_every_key_that_is_no_good_is_refused_alike(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, tenant = driver(route[0].name), guarded(house)
    ask, account = about(route, tenant), tenant.account.id
    other = next(it.name for it in DIALECTS if it.name != route[0].name)
    tokens = {
        "unknown": new_token(),
        "malformed": "not-a-key",
        "with a wrong checksum": new_token()[:-1] + "!",
        "with one letter changed": swapped(tenant.keys["all"]),
        "revoked": tenant.keys["revoked"],
        "expired": tenant.keys["expired"],
        "of another dialect": tenant.keys[other],
    }
    answers = {}
    for which, token in tokens.items():
        answer = await send(client, ask, drive.proof(account, token))
        assert is_refusal(drive, answer), which
        assert drive.status(answer) == 401, which
        answers[which] = comparable(answer, ask.path)
    assert answers == dict.fromkeys(answers, answers["unknown"])


def swapped(token: str) -> str:
    """Two neighbours of the random part exchanged: a secret mistyped."""
    at = next(it for it in range(5, 40) if token[it] != token[it + 1])
    return token[:at] + token[at + 1] + token[at] + token[at + 2 :]


@every_dialect
async def test_a_key_of_this_dialect_alone_is_good_here(
    dialect: Dialect, house: House, client: httpx2.AsyncClient
) -> None:
    ask = about((dialect, reading(dialect)), house.ours)
    answer = await send(client, ask, holding(dialect, house.ours, dialect.name))
    assert not is_refusal(driver(dialect.name), answer)


@every_dialect
async def test_a_scheme_of_another_dialect_carries_no_key(
    dialect: Dialect, house: House, client: httpx2.AsyncClient
) -> None:
    drive, ask = driver(dialect.name), about((dialect, reading(dialect)), house.ours)
    own = holding(dialect, house.ours)
    for other in DIALECTS:
        headers = holding(other, house.ours)
        if headers != own:
            answer = await send(client, ask, headers)
            assert drive.status(answer) == 401, other.name


@pytest.mark.parametrize("dialect", BASIC, ids=name)
async def test_the_user_name_must_be_the_account(
    dialect: Dialect, house: House, client: httpx2.AsyncClient
) -> None:
    drive, ours = driver(dialect.name), house.ours
    ask, token = about((dialect, reading(dialect)), ours), ours.keys["all"]
    right = await send(client, ask, drive.proof(ours.account.id, token))
    assert drive.status(right) == 200
    unknown = await send(client, ask, drive.proof(uuid4(), token))
    foreign = await send(client, ask, drive.proof(house.theirs.account.id, token))
    assert drive.status(unknown) == 401
    assert comparable(unknown) == comparable(foreign)


@pytest.mark.parametrize("dialect", BASIC, ids=name)
@pytest.mark.parametrize(
    "offered", ["Basic", "Basic ", "Basic !!!!", "Basic YQ==", "Basic Og==", "basic /w=="]
)
async def test_basic_credentials_that_say_nothing_are_refused(
    dialect: Dialect, offered: str, house: House, client: httpx2.AsyncClient
) -> None:
    drive, ask = driver(dialect.name), about((dialect, reading(dialect)), house.ours)
    answer = await send(client, ask, {"authorization": offered})
    assert is_refusal(drive, answer)
    assert drive.status(answer) == 401


@every_read
async def test_a_key_that_may_read_reads_everywhere(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    tenant = guarded(house)
    answer = await send(client, about(route, tenant), holding(route, tenant, "read"))
    assert answer.status_code in (200, 307)
    assert driver(route[0].name).status(answer) in (200, 307) if answer.content else True


@every_delete
async def test_a_key_that_may_only_read_deletes_nowhere(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, tenant = driver(route[0].name), guarded(house)
    unknown = drive.ask(route[1], Subject.unknown(tenant.account.id))
    for ask in (about(route, tenant), unknown):
        answer = await send(client, ask, holding(route, tenant, "read"))
        assert is_refusal(drive, answer)
        assert drive.status(answer) == drive.no_scope
    kept = await house.vault.recordings.get(tenant.owner, tenant.recordings["call"].id)
    assert kept == tenant.recordings["call"]


@every_read
async def test_a_key_that_may_only_write_reads_nowhere(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, tenant = driver(route[0].name), guarded(house)
    unknown = drive.ask(route[1], Subject.unknown(tenant.account.id))
    answers = []
    for ask in (about(route, tenant), unknown):
        answer = await send(client, ask, holding(route, tenant, "write"))
        assert is_refusal(drive, answer)
        assert drive.status(answer) == drive.no_scope
        answers.append(comparable(answer, ask.path))
    assert answers[0] == answers[1]


@every_delete
async def test_a_key_that_may_only_write_deletes(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    tenant = guarded(house)
    answer = await send(client, about(route, tenant), holding(route, tenant, "write"))
    assert answer.status_code == 204


@every_route
async def test_a_revoked_key_is_dead_from_the_next_request_on(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, tenant = driver(route[0].name), guarded(house)
    unknown = drive.ask(route[1], Subject.unknown(tenant.account.id))
    proof = holding(route, tenant)
    assert drive.status(await send(client, unknown, proof)) == 404
    for key in await house.vault.accounts.keys(tenant.owner):
        if key.name == "all":
            await house.vault.accounts.revoke_key(tenant.owner, key.id)
    assert drive.status(await send(client, unknown, proof)) == 401


@every_tell
async def test_public_media_alone_is_given_without_a_key(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    answer = await send(client, about(route, house.ours), {})
    if route[1].door is Door.OPEN:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("audio/")
    else:
        assert driver(route[0].name).status(answer) == 401
