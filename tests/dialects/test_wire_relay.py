"""Relay's words, compared with the schemas of "Get Relay Recording"."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samples
from dialects import arbitrary
from dialects.documents import faults
from dictabelt.core.errors import Invalid, NotReady
from dictabelt.core.nouns import Leg, Recording, State, Track
from dictabelt.dialects.relay import wire
from dictabelt.http.dialect import Visitor

UUID_ = {"type": "string", "format": "uuid"}
INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
# What the three schemas of the page share, in the page's order.
SHARED: dict[str, Any] = {
    "id": UUID_,
    "project_id": UUID_,
    "created_at": INSTANT,
    "updated_at": INSTANT,
    "duration_in_seconds": {"type": "integer"},
    "error_code": {"type": "string"},
    "price": {"type": "number", "minimum": 0},
    "price_unit": {"type": "string"},
    "status": {"type": "string"},
    "url": {"type": "string"},
    "stereo": {"type": "boolean"},
    "byte_size": {"type": "integer"},
    "track": {"type": "string"},
}
REQUIRED = [it for it in SHARED if it not in ("error_code", "byte_size")]
LEGS = ("relay_pstn_leg_id", "relay_sip_leg_id", "relay_webrtc_leg_id", "relay_conference_id")
SHAPES = {
    "oneOf": [
        {
            "type": "object",
            "properties": {**SHARED, leg: UUID_},
            "required": [*REQUIRED, leg],
            "additionalProperties": False,
        }
        for leg in LEGS
    ]
}


@settings(deadline=None, max_examples=60)
@given(it=arbitrary.recordings(), url=st.none() | st.just("https://vault.example.com/x"))
def test_any_recording_has_exactly_one_of_the_shapes(it: Recording, url: str | None) -> None:
    body = wire.recording(it, url)
    assert faults(SHAPES, body) == []
    order = [*SHARED, *LEGS]
    assert sorted(body, key=order.index) == list(body)


@pytest.mark.parametrize(
    ("leg", "key"),
    [
        (Leg.PSTN, "relay_pstn_leg_id"),
        (Leg.SIP, "relay_sip_leg_id"),
        (Leg.WEBRTC, "relay_webrtc_leg_id"),
    ],
)
def test_the_leg_decides_which_key_holds_the_call(leg: Leg, key: str) -> None:
    assert wire.recording(samples.recording(leg=leg), None)[key] == str(samples.CALL)


def test_a_conference_is_named_by_its_own_id() -> None:
    body = wire.recording(samples.conference_recording(), None)
    assert body["relay_conference_id"] == str(samples.CONFERENCE)


def test_what_cannot_be_played_has_an_empty_url_and_no_size() -> None:
    body = wire.recording(samples.recording(), None)
    assert body["url"] == ""
    assert "byte_size" not in body


def test_the_size_is_that_of_the_wav_behind_the_url() -> None:
    opus = samples.signal(container="ogg", codec="opus", channels=2, samples=1000)
    it = samples.recording(media=(samples.media(signal=opus, size=7),))
    assert wire.recording(it, "https://vault.example.com/x")["byte_size"] == 44 + 2 * 2 * 1000


def test_a_price_is_a_positive_number() -> None:
    assert wire.recording(samples.recording(price="0.05"), None)["price"] == 0.05


@settings(deadline=None, max_examples=30)
@given(arbitrary.ids)
def test_an_id_reads_back(id: UUID) -> None:
    assert wire.recording_id(wire.spell(samples.recording(id=id))) == id


@pytest.mark.parametrize("text", ["", "nonsense", samples.RECORDING.hex, f"{samples.RECORDING}."])
def test_what_is_no_uuid_is_invalid(text: str) -> None:
    with pytest.raises(Invalid, match="Id must be a UUID"):
        wire.recording_id(text)


def test_errors_are_words_under_one_key() -> None:
    assert wire.error("Not Found") == {"error": "Not Found"}


def test_a_failed_validation_is_a_list_of_strings() -> None:
    assert wire.validation(NotReady("not yet")) == {
        "errors": [
            {"detail": "not yet", "status": "422", "title": "Invalid Attribute", "code": "422"}
        ]
    }


def test_every_word_of_the_core_has_one_here() -> None:
    assert set(wire.STATUS) == set(State)
    assert set(wire.LEG) == set(Leg)
    assert set(wire.TRACK) == set(Track)
    assert sorted(wire.LEG.values()) == sorted(LEGS)


def test_the_example_signs_in_with_account_and_key() -> None:
    visitor = Visitor("http://host", str(samples.ACCOUNT), "dbk_1", samples.recording())
    assert wire.visit(visitor).curl == (
        "-u",
        f"{samples.ACCOUNT}:dbk_1",
        f"http://host/api/relay/rest/recordings/{samples.RECORDING}",
    )
