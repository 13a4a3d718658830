"""SubVerse's sessions and its webhook of a call that is over."""

from dataclasses import replace
from datetime import timedelta

import httpx2
import msgspec
import pytest

import samples
from dialects.asking import holding
from dialects.driver import DIALECTS
from dialects.telling import RECEIVER, notice
from dictabelt.core.nouns import Direction
from dictabelt.core.transcript import Segment
from dictabelt.core.transcriptions import Spoken
from dictabelt.core.webhook import EventType, Receipt
from dictabelt.dialects.subverse import events, session
from hearing import heard
from stocked import House

SUBVERSE = next(it for it in DIALECTS if it.name == "subverse")


async def test_a_session_tells_of_the_call_what_was_said_and_where_to_hear_it(
    house: House, client: httpx2.AsyncClient
) -> None:
    call = house.ours.recordings["call"]
    said = (Segment(0, 900, "Hello?", channel=1), Segment(900, 1_800, "Good day.", speaker="Ann"))
    await house.vault.transcriptions.write(
        house.ours.owner, call.id, Spoken("en-GB", segments=said, summary="A greeting")
    )
    answer = await client.get("/api/session/fetch/Ours-call", headers=holding(SUBVERSE, house.ours))
    body = answer.json()
    assert (answer.status_code, body["responseCode"], body["message"]) == (
        200,
        200,
        "Session details found",
    )
    data = body["data"]
    assert (data["sessionId"], data["status"], data["duration"]) == ("Ours-call", "completed", 2)
    assert data["communicationChannelType"] == "inboundSipTrunk"
    assert data["agentDetails"]["number"] == "+442079460100"
    assert data["userDetails"]["number"] == "+447700900142"
    assert [(it["role"], it["content"]) for it in data["transcript"]] == [
        ("user", "Hello?"),
        ("Ann", "Good day."),
    ]
    assert data["analysis"] == {"summary": "A greeting"}
    sound = heard((await client.get(data["recordingUrl"])).content)
    assert sound.seconds == pytest.approx(2.4, abs=0.05)


async def test_a_session_without_sound_has_no_recording_url(
    house: House, client: httpx2.AsyncClient
) -> None:
    answer = await client.get(
        "/api/session/fetch/in_progress-1", headers=holding(SUBVERSE, house.ours)
    )
    assert answer.json()["data"]["recordingUrl"] is None
    assert answer.json()["data"]["status"] == "call_in_progress"


@pytest.mark.parametrize(
    ("path", "status", "word", "message"),
    [
        ("no-such-call", 404, "sessionNotFound", "Session not found"),
        ("Theirs-call", 404, "sessionNotFound", "Session not found"),
        ("%20", 422, "validationError", "Expected string length greater or equal to 1"),
    ],
)
async def test_a_session_that_is_not_there(
    path: str, status: int, word: str, message: str, house: House, client: httpx2.AsyncClient
) -> None:
    answer = await client.get(f"/api/session/fetch/{path}", headers=holding(SUBVERSE, house.ours))
    assert answer.status_code == status
    assert answer.json() == session.refusal(status, word, message=message)


async def test_a_session_without_a_key_says_so_with_a_real_status(
    house: House, client: httpx2.AsyncClient
) -> None:
    answer = await client.get("/api/session/fetch/Ours-call")
    assert (answer.status_code, answer.json()["errorCode"]) == (401, "apiKeyMissing")
    wrong = await client.get("/api/session/fetch/Ours-call", headers={"x-api-key": "nonsense"})
    assert (wrong.status_code, wrong.json()["errorCode"]) == (401, "apiKeyInvalid")


def test_the_webhook_carries_the_owners_headers_and_no_signature() -> None:
    told = notice(EventType.COMPLETED, samples.recording(), dialect="subverse")
    assert told.hook is not None
    told = replace(told, hook=replace(told.hook, headers={"x-token": "s3cret"}))
    letter = events.letter(told)
    assert (letter.method, letter.url) == ("POST", RECEIVER)
    assert letter.headers == {"content-type": "application/json", "x-token": "s3cret"}
    body = msgspec.json.decode(letter.body)
    assert list(body) == ["eventType", "createdAt", "data"]
    assert body["eventType"] == "call.completed"


@pytest.mark.parametrize(
    ("direction", "customer"),
    [(Direction.INBOUND, "+442079460100"), (Direction.OUTBOUND, "+447700900142")],
)
def test_the_customer_is_the_other_side(direction: Direction, customer: str) -> None:
    recording = samples.recording()
    assert recording.call is not None
    turned = replace(recording, call=replace(recording.call, direction=direction))
    data = events.payload(notice(EventType.COMPLETED, turned, dialect="subverse"))["data"]
    assert isinstance(data, dict)
    assert data["customerNumber"] == customer


def test_it_tries_again_after_1_5_and_25_seconds_where_the_receiver_failed() -> None:
    schedule = events.schedule(
        notice(EventType.COMPLETED, samples.recording(), dialect="x").delivery
    )
    assert schedule.pauses == tuple(timedelta(seconds=it) for it in (1, 5, 25))
    assert schedule.patience.total == timedelta(seconds=5)
    assert [schedule.acknowledges(it) for it in (200, 204, 302, 500)] == [True, True, False, False]
    hopeless = [schedule.hopeless(Receipt(it)) for it in (302, 404, 500, 503, None)]
    assert hopeless == [True, True, False, False, False]
