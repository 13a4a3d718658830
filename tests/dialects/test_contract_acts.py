"""Whatever else is done to a recording: by those who may, to their own, and nothing is told."""

from dataclasses import replace

import httpx2

from dialects.asking import Route, comparable, every_act, every_wide, holding, is_refusal, send
from dialects.driver import Subject, driver
from stocked import House


@every_act
async def test_acting_on_what_is_foreign_or_gone_looks_like_acting_on_what_never_was(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, account = driver(route[0].name), house.ours.account.id
    theirs = Subject.of(house.theirs.recordings["call"])
    subjects = {
        "unknown": Subject.unknown(account),
        "foreign": replace(theirs, account=account),
        "in a foreign account": theirs,
        "deleted": Subject.of(house.ours.recordings["deleted"]),
    }
    answers = {}
    for which, subject in subjects.items():
        ask = drive.ask(route[1], subject)
        answer = await send(client, ask, holding(route, house.ours))
        assert is_refusal(drive, answer), (which, answer.text)
        answers[which] = comparable(answer, ask.path, *filter(None, ask.path.split("/")))
    told = [answers[it] for it in ("unknown", "foreign", "deleted")]
    assert told == told[:1] * 3
    kept = await house.vault.recordings.get(house.theirs.owner, house.theirs.recordings["call"].id)
    assert kept == house.theirs.recordings["call"]


@every_act
async def test_a_key_that_may_only_read_does_nothing(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, recording = driver(route[0].name), house.ours.recordings["call"]
    answer = await send(
        client, drive.ask(route[1], Subject.of(recording)), holding(route, house.ours, "read")
    )
    assert is_refusal(drive, answer)
    assert drive.status(answer) == drive.no_scope
    assert await house.vault.recordings.get(house.ours.owner, recording.id) == recording


@every_wide
async def test_a_foreign_account_in_the_path_is_an_unknown_one(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive = driver(route[0].name)
    if drive.account_parameter is None or f"{{{drive.account_parameter}}}" not in route[1].path:
        return
    answers = []
    for account in (house.theirs.account.id, Subject.unknown(house.ours.account.id).recording):
        subject = replace(Subject.of(house.ours.recordings["call"]), account=account)
        ask = drive.ask(route[1], subject)
        answer = await send(client, ask, holding(route, house.ours))
        assert is_refusal(drive, answer), answer.text
        answers.append(comparable(answer, ask.path, account))
    assert answers[0] == answers[1]
