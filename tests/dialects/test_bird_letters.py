"""Bird's webhooks: the signature checked by the vendor's words, the envelope, filters, retries."""

import hashlib
import hmac
import json
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samples
from dialects import arbitrary
from dictabelt.core.ids import DeliveryId, EventId, HookId
from dictabelt.core.nouns import Recording, State
from dictabelt.core.webhook import Delivery, Event, EventType, Hook, Letter, Notice, Receipt
from dictabelt.dialects.bird import DIALECT, letters, wire

URL = "https://hooks.example.com/bird?tenant=7&x=%20y"
KEY = "KeV+/HGoIQrxuE5YPCRR6A=="
LINK = "https://vault.example.com/media/x.mp3?X-Amz-Expires=600"
HOOK = Hook(
    id=HookId(samples.CHANNEL),
    account=samples.ACCOUNT,
    dialect="bird",
    url=URL,
    created_at=samples.CREATED,
    events=frozenset({"voice.recording"}),
    secret=KEY,
    details={"service": "channels", "event": "voice.recording", "eventFilters": []},
)


def event(it: Recording, type: EventType = EventType.COMPLETED) -> Event:
    return Event(
        id=EventId(samples.CONFERENCE),
        account=samples.ACCOUNT,
        type=type,
        created_at=samples.UPDATED,
        recording=it,
    )


def notice(it: Recording, *, hook: Hook = HOOK, hours: int = 0, link: str | None = LINK) -> Notice:
    """An attempt so many hours after the first one."""
    about = event(it)
    delivery = Delivery(
        id=DeliveryId(samples.MEDIA),
        account=samples.ACCOUNT,
        event=about.id,
        dialect="bird",
        url=URL,
        created_at=samples.UPDATED,
        hook=hook.id,
    )
    return Notice(
        event=about,
        delivery=delivery,
        hook=hook,
        now=samples.UPDATED + timedelta(hours=hours),
        first_sent_at=samples.UPDATED,
        base="https://vault.example.com",
        signing_key="PSK_other",
        media_url=link,
    )


def filtered(*conditions: tuple[str, str]) -> Hook:
    told = [{"key": key, "value": value} for key, value in conditions]
    return replace(HOOK, details={**HOOK.details, "eventFilters": told})


def verified(it: Letter, key: str) -> bool:
    """The five steps of the vendor's page, in the order in which it tells them."""
    signature = b64decode(it.headers["messagebird-signature"], validate=True)
    checksum = hashlib.sha256(it.body).digest()
    timestamp = it.headers["messagebird-request-timestamp"]
    joined = b"\n".join((timestamp.encode(), it.url.encode(), checksum))
    expected = hmac.new(key.encode(), joined, hashlib.sha256).digest()
    return hmac.compare_digest(expected, signature)


def test_a_receiver_that_does_as_the_vendor_says_takes_the_letter() -> None:
    letter = letters.letter(notice(samples.recording()))
    assert (letter.method, letter.url) == ("POST", URL)
    assert letter.headers["content-type"] == "application/json"
    assert letter.headers["messagebird-request-id"] == str(samples.MEDIA)
    assert verified(letter, KEY)
    assert not verified(letter, KEY + "x")
    assert not verified(replace(letter, body=letter.body + b" "), KEY)
    assert not verified(replace(letter, url=URL.partition("?")[0]), KEY)


def test_a_signature_that_was_made_by_hand() -> None:
    # printf '1700000000\nhttps://example.com/hook\n' and `printf '{}' | openssl sha256 -binary`,
    # both through `openssl dgst -sha256 -hmac secret -binary | base64`
    made = letters.signature("secret", "1700000000", url="https://example.com/hook", body=b"{}")
    assert made == "rvK1AWqyV25EUC/scZ7QJw+OtZbwBocFUM7enABbRgo="


@settings(deadline=None, max_examples=30)
@given(key=st.text(min_size=1, max_size=40), it=arbitrary.recordings())
def test_any_key_signs_any_recording(key: str, it: Recording) -> None:
    assert verified(letters.letter(notice(it, hook=replace(HOOK, secret=key))), key)


def test_a_retry_has_the_stamp_of_the_first_attempt_and_differs_in_nothing() -> None:
    first, last = (letters.letter(notice(samples.recording(), hours=it)) for it in (0, 8))
    assert first == last
    stamp = int(first.headers["messagebird-request-timestamp"])
    assert stamp == int(samples.UPDATED.timestamp())


def test_without_a_signing_key_nothing_is_signed() -> None:
    letter = letters.letter(notice(samples.recording(), hook=replace(HOOK, secret="")))
    assert set(letter.headers) == {
        *("content-type", "messagebird-request-id", "messagebird-request-timestamp"),
    }


def test_the_payload_is_the_recording_as_a_read_gives_it() -> None:
    it = samples.recording()
    body = json.loads(letters.letter(notice(it)).body)
    assert list(body) == ["service", "event", "payload"]
    assert (body["service"], body["event"]) == ("channels", "voice.recording")
    assert body["payload"] == wire.recording(it, LINK)


def test_only_what_was_available_then_has_a_url() -> None:
    for state in set(State) - {State.AVAILABLE}:
        body = json.loads(letters.letter(notice(samples.recording(state=state))).body)
        assert "url" not in body["payload"]
    assert "url" not in json.loads(letters.letter(notice(samples.recording(), link=None)).body)


def test_the_link_lives_as_long_as_that_of_a_read() -> None:
    writer = DIALECT.correspondent
    assert writer is not None
    assert writer.terms is not None
    assert writer.terms.lifetime == timedelta(seconds=600)
    assert set(writer.words.values()) == {"voice.recording"}
    assert {EventType.COMPLETED, EventType.FAILED, EventType.MEDIA_DELETED} <= set(writer.words)


CHANNEL, OTHER = str(samples.CHANNEL), str(samples.CONFERENCE)


@pytest.mark.parametrize(
    ("conditions", "wanted"),
    [
        ((), True),
        ((("status", "available"),), True),
        ((("status", "failed"),), False),
        ((("status", "failed"), ("status", "available")), True),
        ((("channelId", CHANNEL),), True),
        ((("channelId", OTHER),), False),
        ((("channelId", CHANNEL), ("status", "available")), True),
        ((("channelId", CHANNEL), ("status", "failed")), False),
        ((("channelId", OTHER), ("status", "available")), False),
    ],
)
def test_filters_of_one_key_are_alternatives_and_keys_must_all_fit(
    conditions: tuple[tuple[str, str], ...], *, wanted: bool
) -> None:
    assert letters.wants(filtered(*conditions), event(samples.recording())) is wanted


def test_what_is_of_no_known_channel_is_of_none_that_was_asked_for() -> None:
    hook = filtered(("channelId", CHANNEL))
    assert not letters.wants(hook, event(samples.conference_recording()))
    nowhere = samples.recording(call=samples.call(channel=None))
    assert not letters.wants(hook, event(nowhere))
    assert letters.wants(HOOK, event(nowhere))


def test_a_beginning_is_told_once() -> None:
    for state in State:
        told = letters.wants(HOOK, event(samples.recording(state=state), EventType.CREATED))
        assert told is (state is State.QUEUED)


def test_attempts_grow_apart_over_eight_hours_until_any_2xx() -> None:
    pauses = letters.SCHEDULE.pauses
    assert list(pauses) == sorted(set(pauses))
    assert sum(pauses, timedelta()) == timedelta(hours=8)
    taken = [status for status in range(100, 600) if letters.SCHEDULE.acknowledges(status)]
    assert taken == list(range(200, 300))
    assert not letters.SCHEDULE.hopeless(Receipt(410))


def test_a_transcription_is_told_of_by_nobody() -> None:
    writer = DIALECT.correspondent
    assert writer is not None
    assert not {it for it in writer.words if it.value.startswith("transcription.")}
