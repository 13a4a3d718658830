"""RecordingStatusCallback, byte for byte: who is told, in which words, signed with what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

import httpx2
import pytest

import samples
from dialects.flavoured import Customer, every_flavour
from dictabelt.core.deliveries import next_pause
from dictabelt.core.ids import DeliveryId, EventId, HookId
from dictabelt.core.nouns import Recording, State, Track
from dictabelt.core.search import EventSearch, Window
from dictabelt.core.webhook import (
    Address,
    Delivery,
    Event,
    EventType,
    Hook,
    Notice,
    Patience,
    Receipt,
)
from dictabelt.dialects.laml import callbacks, signature
from dictabelt.dialects.laml.flavour import Flavour
from stocked import House

KEY = "PSK_examplekey"
BASE = "https://vault.example.com"
URL = "https://app.example.com/rec-status?x=1"
NOW = datetime(2026, 3, 4, tzinfo=UTC)
ACCOUNT, CALL, RECORDING = samples.ACCOUNT, samples.CALL, samples.RECORDING
AT_SIGNALWIRE = (
    ("AccountSid", str(ACCOUNT)),
    ("CallSid", str(CALL)),
    ("RecordingSid", str(RECORDING)),
    ("RecordingUrl", f"{BASE}/api/laml/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING}"),
    ("RecordingStatus", "completed"),
    ("RecordingDuration", "29"),
    ("RecordingChannels", "1"),
    ("RecordingSource", "OutBoundApi"),
)
AT_TWILIO = (
    ("AccountSid", f"AC{ACCOUNT.hex}"),
    ("CallSid", f"CA{CALL.hex}"),
    ("RecordingSid", f"RE{RECORDING.hex}"),
    (
        "RecordingUrl",
        f"{BASE}/2010-04-01/Accounts/AC{ACCOUNT.hex}/Recordings/RE{RECORDING.hex}",
    ),
    ("RecordingStatus", "completed"),
    ("RecordingDuration", "29"),
    ("RecordingChannels", "1"),
    ("RecordingStartTime", "Tue, 03 Mar 2026 09:14:07 +0000"),
    ("RecordingSource", "OutboundAPI"),
    ("RecordingTrack", "both"),
    ("ErrorCode", "0"),
)
TOLD = {"signalwire": AT_SIGNALWIRE, "twilio": AT_TWILIO}


def event(type: EventType = EventType.COMPLETED, **changes: Any) -> Event:
    return Event(
        id=EventId(UUID(int=5)),
        account=ACCOUNT,
        type=type,
        created_at=NOW,
        recording=samples.recording(**changes),
    )


def delivery(url: str = URL, **address: object) -> Delivery:
    return Delivery(
        id=DeliveryId(UUID(int=6)),
        account=ACCOUNT,
        event=EventId(UUID(int=5)),
        dialect="laml",
        url=url,
        created_at=NOW,
        address=address,
    )


def notice(what: Event, to: Delivery, hook: Hook | None = None) -> Notice:
    return Notice(
        event=what,
        delivery=to,
        hook=hook,
        now=NOW,
        first_sent_at=NOW,
        base=BASE,
        signing_key=KEY,
    )


def hook(**changes: Any) -> Hook:
    it = Hook(
        id=HookId(UUID(int=7)),
        account=ACCOUNT,
        dialect="laml",
        url=URL,
        created_at=NOW,
        secret="whsec_own",
        headers={"X-Route": "7"},
    )
    return replace(it, **changes)


def started(events: object = ("completed",), **more: object) -> dict[str, Any]:
    kept = {"url": URL, "method": "POST", "events": events, "flavour": "twilio", **more}
    return {"laml": {"status_callback": kept}}


@every_flavour
def test_a_post_is_a_signed_form_of_the_documented_parameters(speaks: Flavour) -> None:
    sent = callbacks.letter(notice(event(), delivery(method="POST", flavour=speaks.name)))
    told = TOLD[speaks.name]
    assert len(told) == (8 if speaks.name == "signalwire" else 11)
    assert (sent.method, sent.url, sent.body) == ("POST", URL, urlencode(told).encode())
    assert sent.headers == {
        "Content-Type": "application/x-www-form-urlencoded",
        speaks.signature: signature.of_form(KEY, URL, parameters=told),
    }


@every_flavour
def test_a_get_has_them_in_its_query_and_signs_that(speaks: Flavour) -> None:
    sent = callbacks.letter(notice(event(), delivery(method="GET", flavour=speaks.name)))
    address = f"{URL}&{urlencode(TOLD[speaks.name])}"
    assert (sent.method, sent.url, sent.body) == ("GET", address, b"")
    assert sent.headers == {speaks.signature: signature.of_form(KEY, address)}
    bare = delivery("https://app.example.com/told", method="GET", flavour=speaks.name)
    query = urlsplit(callbacks.letter(notice(event(), bare)).url).query
    assert tuple(parse_qsl(query)) == TOLD[speaks.name]


@pytest.mark.parametrize(
    ("type", "word"),
    [
        (EventType.IN_PROGRESS, "in-progress"),
        (EventType.COMPLETED, "completed"),
        (EventType.ABSENT, "absent"),
        (EventType.FAILED, "absent"),
    ],
)
@every_flavour
def test_statuses_are_the_vendors_words(speaks: Flavour, type: EventType, word: str) -> None:
    bare = event(type, duration_ms=None, channels=None, started_at=None, track=Track.INBOUND)
    sent = callbacks.letter(notice(bare, delivery(flavour=speaks.name)))
    told = dict(parse_qsl(sent.body.decode()))
    assert told["RecordingStatus"] == word
    assert (told["RecordingDuration"], told["RecordingChannels"]) == ("0", "1")
    assert told.get("RecordingTrack", "inbound") == "inbound"


def test_twilio_hears_the_number_of_an_error_if_it_has_one() -> None:
    for code, told in (("16101", "16101"), ("unreadable_audio", "0"), ("9" * 30, "0")):
        sent = callbacks.letter(
            notice(event(EventType.ABSENT, error_code=code), delivery(flavour="twilio"))
        )
        assert dict(parse_qsl(sent.body.decode()))["ErrorCode"] == told


@every_flavour
def test_a_conference_is_named_in_place_of_a_call(speaks: Flavour) -> None:
    meeting = replace(event(), recording=samples.conference_recording())
    sent = callbacks.letter(notice(meeting, delivery(flavour=speaks.name)))
    told = dict(parse_qsl(sent.body.decode()))
    assert told["ConferenceSid"] == speaks.spell("CF", samples.CONFERENCE)
    assert "CallSid" not in told
    assert len(told) == len(TOLD[speaks.name])


def test_a_hook_is_told_in_its_own_words_under_its_own_secret() -> None:
    own = hook(details={"flavour": "twilio", "method": "GET"})
    sent = callbacks.letter(notice(event(), delivery(), own))
    address = f"{URL}&{urlencode(AT_TWILIO)}"
    assert (sent.method, sent.url) == ("GET", address)
    assert sent.headers == {
        "X-Route": "7",
        "X-Twilio-Signature": signature.of_form("whsec_own", address),
    }
    plain = callbacks.letter(notice(event(), delivery(), hook(secret="")))
    assert plain.headers["X-SignalWire-Signature"] == signature.of_form(
        KEY, URL, parameters=AT_SIGNALWIRE
    )


def test_a_password_in_the_address_is_sent_apart_and_not_signed() -> None:
    to = delivery("https://me:p%40ss@app.example.com:8443/told?x=1#tt=900", flavour="signalwire")
    sent = callbacks.letter(notice(event(), to))
    address = "https://app.example.com:8443/told?x=1"
    assert sent.url == address
    assert sent.headers["Authorization"] == "Basic bWU6cEBzcw=="
    expected = signature.of_form(KEY, address, parameters=AT_SIGNALWIRE)
    assert sent.headers["X-SignalWire-Signature"] == expected


def test_only_events_that_were_asked_for_are_told() -> None:
    told = Address(URL, {"method": "POST", "flavour": "twilio"})
    assert callbacks.callbacks(event(extras=started())) == (told,)
    assert callbacks.callbacks(event(extras=started(["completed", "absent"]))) == (told,)
    for other in (EventType.IN_PROGRESS, EventType.ABSENT, EventType.PAUSED, EventType.DELETED):
        assert callbacks.callbacks(event(other, extras=started())) == ()
    failed = event(EventType.FAILED, extras=started(["absent"]))
    assert callbacks.callbacks(failed) == (told,)


@pytest.mark.parametrize(
    "extras",
    [
        {},
        {"laml": {}},
        {"laml": {"status_callback": "https://example.com"}},
        {"laml": {"status_callback": {"events": ["completed"]}}},
        started("completed"),
        started(None),
        started(["completed"], url=7),
        {"bird": started()["laml"]},
    ],
)
def test_whatever_else_is_kept_there_tells_nobody(extras: dict[str, Any]) -> None:
    assert callbacks.callbacks(event(extras=extras)) == ()


def waiting(connect: int, read: int, total: int) -> Patience:
    return Patience(*(timedelta(milliseconds=it) for it in (connect, read, total)))


@pytest.mark.parametrize(
    ("fragment", "patience"),
    [
        ("", waiting(2_000, 5_000, 15_000)),
        ("#ot=100&rt=15000&tt=900", waiting(100, 15_000, 900)),
        ("#ot=10000", waiting(10_000, 5_000, 15_000)),
        ("#ot=10001&rt=99&tt=0", waiting(2_000, 5_000, 15_000)),
        ("#ot=-5&rt=x&tt=" + "9" * 5_000, waiting(2_000, 5_000, 15_000)),
        ("#section", waiting(2_000, 5_000, 15_000)),
    ],
)
def test_the_address_may_say_how_long_it_is_waited_for(fragment: str, patience: Patience) -> None:
    assert callbacks.patience(URL + fragment) == patience
    assert callbacks.schedule(delivery(URL + fragment)).patience == patience


def test_three_tries_are_made_until_one_is_acknowledged() -> None:
    schedule = callbacks.schedule(delivery())
    for taken in (200, 204):
        assert next_pause(schedule, 1, receipt=Receipt(taken)) is None
    for receipt in (Receipt(500), Receipt(302), Receipt(404), Receipt(None, "timeout")):
        pauses = [next_pause(schedule, it, receipt=receipt) for it in (1, 2, 3)]
        assert pauses == [*callbacks.PAUSES, None]


@every_flavour
async def test_who_starts_a_recording_hears_of_it(
    speaks: Flavour, house: House, client: httpx2.AsyncClient
) -> None:
    customer, live = Customer(client, speaks, house.ours), house.ours.recordings["in progress"]
    answer = await customer.post(
        f"{customer.call(live)}/Recordings",
        {"RecordingStatusCallback": URL, "RecordingStatusCallbackEvent": "in-progress"},
    )
    id = speaks.recording_id(answer.json()["sid"])
    page = await house.vault.events.find(house.ours.owner, EventSearch(recording=id), Window(10))
    told = [(it, address) for it in page.items for address in callbacks.callbacks(it)]
    ((heard, address),) = told
    assert heard.recording.state is State.IN_PROGRESS
    to = replace(delivery(address.url), address=address.details)
    sent = callbacks.letter(notice(heard, to))
    form = dict(parse_qsl(sent.body.decode(), keep_blank_values=True))
    assert (form["RecordingStatus"], form["RecordingSid"]) == ("in-progress", answer.json()["sid"])
    assert speaks.signature in sent.headers
    assert isinstance(heard.recording, Recording)
