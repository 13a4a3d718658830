"""LaML's words, compared with the field list of "Retrieve a Recording"."""

import re
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samples
from dialects import arbitrary
from dialects.documents import faults
from dictabelt.core.errors import NotFound
from dictabelt.core.nouns import Origin, Recording, State, Trim
from dictabelt.dialects.laml import wire
from dictabelt.http.dialect import Visitor

UUID_ = {"type": "string", "format": "uuid"}
UUID_OR_NULL = {"type": ["string", "null"], "format": "uuid"}
COUNT = {"enum": ["1", "2"]}
DATE = {
    "type": "string",
    "pattern": r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$",
}
DATE_OR_NULL = {**DATE, "type": ["string", "null"]}
TEXT_OR_NULL = {"type": ["string", "null"]}
# The 21 fields in the order of the page; all of them are required.
FIELDS: dict[str, Any] = {
    "sid": UUID_,
    "account_sid": UUID_,
    "api_version": {"const": "2010-04-01"},
    "call_sid": UUID_OR_NULL,
    "conference_sid": UUID_OR_NULL,
    "channel": COUNT,
    "channels": COUNT,
    "date_created": DATE,
    "date_updated": DATE,
    "start_time": DATE_OR_NULL,
    "end_time": DATE_OR_NULL,
    "duration": {"type": "integer", "minimum": 0},
    "price": {"type": ["string", "null"], "pattern": r"^-?\d+(\.\d+)?$"},
    "price_unit": {"type": "string"},
    "source": {
        "enum": [
            *("DialVerb", "Conference", "OutBoundApi", "Trunking", "RecordVerb"),
            *("StartCallRecordingApi", "StartConferenceRecording"),
        ]
    },
    "status": {
        "enum": [
            *("queued", "in-progress", "paused", "resumed", "completed", "absent", "stopped"),
        ]
    },
    "error_code": TEXT_OR_NULL,
    "uri": {"type": "string"},
    "subresource_uris": {"type": "object", "required": ["transcriptions"]},
    "encryption_details": {"type": "null"},
    "trim": {"enum": ["do-not-trim", "trim-silence"]},
}


@settings(deadline=None, max_examples=60)
@given(arbitrary.recordings())
def test_any_recording_has_the_21_fields_in_their_order(it: Recording) -> None:
    body = wire.recording(it)
    assert list(body) == list(FIELDS)
    assert len(body) == 21
    assert faults({"properties": FIELDS}, body) == []


@settings(deadline=None, max_examples=30)
@given(arbitrary.recordings())
def test_a_recording_is_of_a_call_or_of_a_conference(it: Recording) -> None:
    body = wire.recording(it)
    assert body["call_sid"] is None or body["conference_sid"] is None
    if body["conference_sid"] is not None:
        assert body["source"] in ("Conference", "StartConferenceRecording")


def test_dates_are_cut_to_seconds_not_rounded() -> None:
    body = wire.recording(samples.recording())
    assert body["date_created"] == "Tue, 03 Mar 2026 09:14:38 +0000"
    assert parsedate_to_datetime(str(body["start_time"])) == samples.STARTED.replace(microsecond=0)


def test_a_duration_is_cut_to_seconds_not_rounded() -> None:
    assert wire.recording(samples.recording(duration_ms=29_999))["duration"] == 29


def test_channels_are_a_string_in_both_spellings() -> None:
    body = wire.recording(samples.recording(channels=2))
    assert (body["channel"], body["channels"]) == ("2", "2")


def test_uris_have_the_documented_prefix_and_no_host() -> None:
    body = wire.recording(samples.recording())
    own = f"/api/laml/2010-04-01/Accounts/{samples.ACCOUNT}/Recordings/{samples.RECORDING}"
    assert body["uri"] == f"{own}.json"
    assert body["subresource_uris"] == {"transcriptions": f"{own}/Transcriptions.json"}


@pytest.mark.parametrize(
    ("cost", "written"),
    [
        ("0.0025", "-0.0025"),
        ("0.05", "-0.05"),
        ("12", "-12"),
        ("0", "0"),
        ("0.00", "0.00"),
        ("0.0000001", "-0.0000001"),
        (None, None),
    ],
)
def test_a_cost_is_negative_and_never_in_powers_of_ten(
    cost: str | None, written: str | None
) -> None:
    assert wire.charge(cost) == written


@settings(deadline=None, max_examples=30)
@given(arbitrary.ids)
def test_an_id_reads_back_in_either_case(id: UUID) -> None:
    spelled = wire.spell(samples.recording(id=id))
    assert wire.recording_id(spelled) == wire.recording_id(spelled.upper()) == id


@settings(deadline=None, max_examples=60)
@given(st.text().filter(lambda it: not re.fullmatch(r"[0-9a-fA-F-]{36}", it)))
@pytest.mark.parametrize("form", ["{}", "RE{}", "{}.json"])
def test_anything_else_is_not_found(form: str, text: str) -> None:
    with pytest.raises(NotFound):
        wire.recording_id(form.format(text))


@pytest.mark.parametrize("text", [samples.RECORDING.hex, f"{{{samples.RECORDING}}}"])
def test_other_spellings_of_a_uuid_are_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        wire.recording_id(text)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/json, text/plain", True),
        ("application/json, text/plain, */*", False),
        ("application/json, audio/*", False),
        ("audio/mpeg;q=0.1, application/json", False),
        ("application/problem+json", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_metadata_are_for_clients_that_want_json_alone(accept: str, wanted: bool) -> None:
    assert wire.wants_json(accept) is wanted


def test_an_error_is_flat_with_numbers_for_code_and_status() -> None:
    assert wire.error(404, 20404, message="Not here") == {
        "code": 20404,
        "message": "Not here",
        "more_info": "https://signalwire.com/docs/compatibility-api/reference/errors",
        "status": 404,
    }


def test_every_word_of_the_core_has_one_here() -> None:
    assert set(wire.STATUS) == set(State)
    assert set(wire.SOURCE) == set(wire.CONFERENCE_SOURCE) == set(Origin)
    assert set(wire.TRIM) == set(Trim)
    assert set(wire.CONFERENCE_SOURCE.values()) == {"Conference", "StartConferenceRecording"}


def test_the_example_downloads_without_a_key() -> None:
    visitor = Visitor("http://host", str(samples.ACCOUNT), "dbk_1", samples.recording())
    curl = wire.visit(visitor).curl
    own = f"/api/laml/2010-04-01/Accounts/{samples.ACCOUNT}/Recordings/{samples.RECORDING}"
    assert curl[-1] == f"http://host{own}.mp3"
    assert "dbk_1" not in " ".join(curl)
