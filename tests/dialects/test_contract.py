"""What every dialect keeps, whoever adds it: accounts apart, ids true, its own refusals."""

from dataclasses import replace
from itertools import product
from urllib.parse import unquote

import httpx2
import pytest

from dialects.asking import (
    ROUTES,
    TELLS,
    Route,
    comparable,
    every_delete,
    every_dialect,
    every_read,
    every_route,
    every_tell,
    holding,
    is_refusal,
    name,
    send,
)
from dialects.driver import DIALECTS, Subject, driver, reading
from dictabelt.http.dialect import Dialect
from stocked import House

PLAYABLE = ("call", "sip", "conference", "visit")
NONSENSE = ("%20", "x", "%2E%2E", "null", "%00", "rec_", "0" * 36, "%C3%A9" * 40, "a" * 5_000)
SILENT = ("failed", "in progress", "absent")


@every_dialect
def test_there_is_a_driver(dialect: Dialect) -> None:
    assert reading(dialect) in dialect.endpoints


@every_route
async def test_own_recordings_are_reached(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, mine = driver(route[0].name), Subject.of(house.ours.recordings["call"])
    answer = await send(client, drive.ask(route[1], mine), holding(route, house.ours))
    assert answer.status_code in (200, 204, 307)
    assert answer.status_code != 200 or answer.content


@every_route
async def test_what_is_foreign_or_gone_looks_exactly_like_what_never_was(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, account = driver(route[0].name), house.ours.account.id
    theirs = Subject.of(house.theirs.recordings["call"])
    subjects = {
        "unknown": Subject.unknown(account),
        "foreign": replace(theirs, account=account),
        "in a foreign account": theirs,
        "in an unknown account": Subject.unknown(Subject.unknown(account).recording),
        "deleted": Subject.of(house.ours.recordings["deleted"]),
    }
    answers = {}
    for which, subject in subjects.items():
        ask = drive.ask(route[1], subject)
        answer = await send(client, ask, holding(route, house.ours))
        assert is_refusal(drive, answer), which
        assert drive.status(answer) == 404, which
        answers[which] = comparable(answer, ask.path)
    assert answers == dict.fromkeys(answers, answers["unknown"])


@every_delete
async def test_a_foreign_recording_is_not_deleted(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, theirs = driver(route[0].name), house.theirs
    ask = drive.ask(route[1], Subject.of(theirs.recordings["call"]))
    await send(client, ask, holding(route, house.ours))
    kept = await house.vault.recordings.get(theirs.owner, theirs.recordings["call"].id)
    assert kept == theirs.recordings["call"]


@pytest.mark.parametrize(
    "dialect", [it for it in DIALECTS if driver(it.name).account_parameter], ids=name
)
async def test_the_account_in_the_path_must_be_the_callers(
    dialect: Dialect, house: House, client: httpx2.AsyncClient
) -> None:
    drive, mine = driver(dialect.name), Subject.of(house.ours.recordings["call"])
    right = drive.ask(reading(dialect), mine)
    wrong = drive.ask(reading(dialect), replace(mine, account=house.theirs.account.id))
    assert (await send(client, right, holding(dialect, house.ours))).status_code == 200
    assert drive.status(await send(client, wrong, holding(dialect, house.ours))) == 404


async def test_a_call_name_that_two_accounts_use_leads_each_to_its_own(
    house: House, client: httpx2.AsyncClient
) -> None:
    for dialect in DIALECTS:
        drive = driver(dialect.name)
        for tenant in (house.ours, house.theirs):
            recording = tenant.recordings["sip"]
            ask = drive.ask(reading(dialect), Subject.of(recording))
            answer = await send(client, ask, holding(dialect, tenant))
            assert drive.told(answer) == recording.id


@every_dialect
@pytest.mark.parametrize("which", PLAYABLE)
async def test_the_id_that_a_dialect_spells_leads_back_to_the_recording(
    dialect: Dialect, which: str, house: House, client: httpx2.AsyncClient
) -> None:
    drive, recording = driver(dialect.name), house.ours.recordings[which]
    ask = drive.ask(reading(dialect), Subject.of(recording))
    assert dialect.spell(recording) in (*unquote(ask.path).split("/"), *ask.query.values()) or (
        f"{dialect.spell(recording)}.json" in ask.path
    )
    answer = await send(client, ask, holding(dialect, house.ours))
    assert drive.told(answer) == recording.id


@every_route
async def test_nonsense_in_the_place_of_an_id_is_refused_in_the_vendors_shape(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, mine = driver(route[0].name), Subject.of(house.ours.recordings["call"])
    there = [it for it in drive.places(mine) if f"{{{it}}}" in route[1].path]
    for parameter, wrong in product(there, NONSENSE):
        template = route[1].path.replace(f"{{{parameter}}}", wrong)
        ask = drive.ask(replace(route[1], path=template), mine)
        answer = await send(client, ask, holding(route, house.ours))
        assert is_refusal(drive, answer), (parameter, answer.text)
        assert drive.status(answer) in (400, 404, 405, 422)


@every_delete
async def test_what_was_deleted_is_gone_from_every_dialect_at_once(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    mine = Subject.of(house.ours.recordings["call"])
    ask = driver(route[0].name).ask(route[1], mine)
    deleted = await send(client, ask, holding(route, house.ours))
    assert (deleted.status_code, deleted.content) == (204, b"")
    for other in ROUTES:
        drive = driver(other[0].name)
        answer = await send(client, drive.ask(other[1], mine), holding(other, house.ours))
        assert is_refusal(drive, answer)
        assert drive.status(answer) == 404


@every_delete
async def test_what_is_still_being_recorded_is_not_deleted(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, recording = driver(route[0].name), house.ours.recordings["in progress"]
    ask = drive.ask(route[1], Subject.of(recording))
    answer = await send(client, ask, holding(route, house.ours))
    assert is_refusal(drive, answer)
    assert drive.status(answer) in (400, 409, 422)
    assert await house.vault.recordings.get(house.ours.owner, recording.id) == recording


@every_tell
@pytest.mark.parametrize("which", SILENT)
async def test_where_there_is_nothing_to_hear_no_dialect_says_otherwise(
    route: Route, which: str, house: House, client: httpx2.AsyncClient
) -> None:
    drive, dialect = driver(route[0].name), route[0]
    proof = holding(route, house.ours)
    subject = Subject.of(house.ours.recordings[which])
    answer = await send(client, drive.ask(route[1], subject), proof)
    if answer.status_code != 200 or drive.refuses(answer.json()):
        assert is_refusal(drive, answer)
        return
    assert answer.headers["content-type"].startswith("application/json")
    if route[1] == reading(dialect) and (url := drive.heard(answer)) is not None:
        assert is_refusal(drive, await client.get(url, headers=proof))


@every_dialect
async def test_a_path_that_is_not_there_is_refused_in_the_vendors_shape(
    dialect: Dialect, house: House, client: httpx2.AsyncClient
) -> None:
    drive = driver(dialect.name)
    there = {it.path for it in dialect.endpoints}
    for prefix in dialect.prefixes:
        for headers in ({}, holding(dialect, house.ours)):
            for path in {f"{prefix}/no/such/path/at/all", prefix, f"{prefix}/"} - there:
                answer = await client.get(path, headers=headers)
                assert answer.status_code == 404
                assert drive.refuses(answer.json())


@every_dialect
async def test_a_method_that_is_not_there_is_refused_with_those_that_are(
    dialect: Dialect, house: House, client: httpx2.AsyncClient
) -> None:
    drive, mine = driver(dialect.name), Subject.of(house.ours.recordings["call"])
    for endpoint in dialect.endpoints:
        there = {it.method for it in dialect.endpoints if it.path == endpoint.path}
        there |= {"HEAD"} if "GET" in there else set()
        path = drive.ask(endpoint, mine).path
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - there:
            answer = await client.request(method, path, headers=holding(dialect, house.ours))
            assert answer.status_code == 405
            assert drive.refuses(answer.json())
            assert set(answer.headers["allow"].split(", ")) == there


@every_read
async def test_head_answers_like_get_without_the_body(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, proof = driver(route[0].name), holding(route, house.ours)
    for subject in (
        Subject.of(house.ours.recordings["call"]),
        Subject.unknown(house.ours.account.id),
    ):
        ask = drive.ask(route[1], subject)
        if ask.method != "GET":
            continue
        got = await send(client, ask, proof)
        head = await send(client, replace(ask, method="HEAD"), proof)
        assert head.content == b""
        assert head.status_code == got.status_code
        for header in ("content-type", "content-length", "etag", "accept-ranges"):
            assert head.headers.get(header) == got.headers.get(header)


def test_the_matrix_covers_every_dialect() -> None:
    assert {it[0].name for it in TELLS} == {it.name for it in DIALECTS}
