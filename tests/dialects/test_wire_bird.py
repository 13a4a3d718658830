"""Bird's words, compared with the schema and the example of its "Get a Recording" page."""

import json
import re
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samples
from dialects import arbitrary
from dialects.documents import Document, faults
from dialects.rendering import REFUSALS, shapes, signed
from dictabelt.core.errors import Invalid, NotFound, VaultError
from dictabelt.core.ids import RecordingId
from dictabelt.core.media import Form
from dictabelt.core.nouns import Direction, Leg, Origin, Recording, Source, State
from dictabelt.core.transcript import TranscriptState
from dictabelt.dialects.bird import DIALECT, calls, transcripts, wire
from dictabelt.http.dialect import Visitor
from dictabelt.http.layout import Target
from dictabelt.http.refusals import nearest

UUID_ = {"type": "string", "format": "uuid"}
TEXT = {"type": "string"}
INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
CONTACT = {
    "additionalProperties": False,
    "required": ["id", "identifierKey", "identifierValue"],
    "properties": {"id": TEXT, "identifierKey": TEXT, "identifierValue": TEXT},
}
NUMBER = {
    "additionalProperties": False,
    "required": ["type", "number"],
    "properties": {
        "type": {"enum": ["pstn", "webrtc"]},
        "number": TEXT,
        "anonymous": {"type": "boolean"},
        "callerIdName": TEXT,
        "identity": TEXT,
        "countryIsoCode": TEXT,
    },
}
END = {
    "additionalProperties": False,
    "required": ["number"],
    "properties": {"contact": CONTACT, "number": NUMBER},
}
# The page's Recording, its properties in the order of the page's example.
RECORDING: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        *("id", "source", "sourceId", "status", "origin", "stereo", "format", "transcription"),
        *("createdAt", "updatedAt"),
    ],
    "properties": {
        "id": UUID_,
        "sourceId": UUID_,
        "channelId": UUID_,
        "originator": END,
        "receiver": END,
        "source": {"enum": ["call", "conference"]},
        "direction": {"enum": ["incoming", "outgoing"]},
        "origin": {
            "enum": [
                "call-command-record",
                "call-command-record-call",
                "create-call",
                "bridge-call",
            ]
        },
        "status": {
            "enum": [
                *("accepted", "completed", "ongoing", "paused"),
                *("available", "absent", "failed"),
            ]
        },
        "duration": {"type": "integer"},
        "format": TEXT,
        "stereo": {"type": "boolean"},
        "transcription": {"type": "boolean"},
        "conferenceId": UUID_,
        "url": TEXT,
        "roomInfoUrl": TEXT,
        "createdAt": INSTANT,
        "updatedAt": INSTANT,
        "startedAt": INSTANT,
        "endedAt": INSTANT,
    },
}
ERROR = {
    "type": "object",
    "additionalProperties": False,
    "required": ["code", "message"],
    "properties": {"code": {**TEXT, "minLength": 5}, "message": {**TEXT, "minLength": 5}},
}


@settings(deadline=None, max_examples=60)
@given(it=arbitrary.recordings(), url=st.none() | st.just("https://vault.example.com/x"))
def test_any_recording_fits_the_schema_in_its_order(it: Recording, url: str | None) -> None:
    body = wire.recording(it, url)
    assert faults(RECORDING, body) == []
    assert [name for name in RECORDING["properties"] if name in body] == list(body)


def test_instants_are_cut_to_milliseconds_not_rounded() -> None:
    body = wire.recording(samples.recording(), None)
    assert body["createdAt"] == "2026-03-03T09:14:38.999Z"
    assert body["startedAt"] == "2026-03-03T09:14:07.482Z"


def test_a_number_has_its_plus_in_identity_alone() -> None:
    number = wire.party(samples.caller())["number"]
    assert number == {
        "type": "pstn",
        "number": "442079460100",
        "identity": "+442079460100",
        "countryIsoCode": "GB",
    }


def test_a_contact_takes_the_place_of_the_identity() -> None:
    party = wire.party(samples.callee())
    assert party["number"] == {"type": "pstn", "number": "447700900142", "countryIsoCode": "GB"}
    assert party["contact"] == {
        "id": "7c1f0d52-3b86-4e0a-9a57-6d2f1c84b0e1",
        "identifierKey": "phonenumber",
        "identifierValue": "+447700900142",
    }


def test_the_link_has_the_layout_of_the_page() -> None:
    link = urlsplit(signed(samples.link(), "bird"))
    assert link.path == (
        f"/media/workspaceID%3A{samples.ACCOUNT}/sourceID%3A{samples.CALL}/{samples.RECORDING}.mp3"
    )
    names = [it.partition("=")[0] for it in link.query.split("&")]
    assert names == [
        *("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires"),
        *("X-Amz-Security-Token", "X-Amz-SignedHeaders", "x-id", "X-Amz-Signature"),
    ]
    assert "&X-Amz-Expires=600&" in link.query
    assert "&x-id=GetObject&" in link.query
    assert re.search(r"&X-Amz-Signature=[0-9a-f]{64}$", link.query)


@settings(deadline=None, max_examples=30)
@given(account=arbitrary.ids, recording=arbitrary.ids, source=arbitrary.ids)
def test_a_link_path_reads_back(account: UUID, recording: UUID, source: UUID) -> None:
    link = samples.link(account=account, recording=recording, source=source)
    wanted = Target(account, RecordingId(recording), None, Form.MP3)
    assert wire.link_target(wire.link_path(link)) == wanted


@pytest.mark.parametrize(
    "path",
    [
        "",
        f"workspaceID:{samples.ACCOUNT}/sourceID:{samples.CALL}/{samples.RECORDING}.wav",
        f"workspaceID:{samples.ACCOUNT}/sourceID:{samples.CALL}/more/{samples.RECORDING}.mp3",
        f"workspaceID:{samples.ACCOUNT}/sourceID:{samples.CALL}/one.mp3",
        f"workspaceID:mine/sourceID:{samples.CALL}/{samples.RECORDING}.mp3",
        f"{samples.ACCOUNT}/{samples.CALL}/{samples.RECORDING}.mp3",
    ],
)
def test_other_paths_name_nothing(path: str) -> None:
    assert wire.link_target(path) is None


def test_an_id_reads_back() -> None:
    assert wire.recording_id(wire.spell(samples.recording())) == samples.RECORDING


@pytest.mark.parametrize("text", [f"{samples.RECORDING}.wav", "a.mp3", "."])
def test_another_extension_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        wire.recording_id(text)


@pytest.mark.parametrize("text", ["nonsense", samples.RECORDING.hex, f"{samples.RECORDING} "])
def test_what_is_no_uuid_is_invalid(text: str) -> None:
    with pytest.raises(Invalid):
        wire.recording_id(text)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda it: type(it).__name__)
def test_refusals_fit_both_error_schemas(refusal: VaultError) -> None:
    _, code, message = nearest(wire.ERRORS, refusal)
    assert faults(ERROR, wire.error(code, message)) == []


def test_every_word_of_the_core_has_one_here() -> None:
    assert set(wire.STATUS) == set(State)
    assert set(wire.SOURCE) == set(Source)
    assert set(wire.DIRECTION) == set(Direction)
    assert set(wire.ORIGIN) == set(Origin)
    assert set(wire.NUMBER_TYPE) == set(Leg)
    assert set(transcripts.STATUS) == set(TranscriptState)


def test_the_example_reads_the_recording_with_the_key() -> None:
    visitor = Visitor("http://host", str(samples.ACCOUNT), "dbk_1", samples.recording())
    assert wire.visit(visitor).curl == (
        "-H",
        "Authorization: AccessKey dbk_1",
        f"http://host/workspaces/{samples.ACCOUNT}/recordings/{samples.RECORDING}",
    )


CALL_RECORDING: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "callId", "status", "origin", "createdAt", "updatedAt"],
    # In the order of the example on "Get a call recording".
    "properties": {
        "id": UUID_,
        "channelId": UUID_,
        "callId": UUID_,
        "status": RECORDING["properties"]["status"],
        "origin": RECORDING["properties"]["origin"],
        "duration": {"type": "integer"},
        "stereo": {"type": "boolean"},
        "endCause": TEXT,
        "createdAt": INSTANT,
        "updatedAt": INSTANT,
        "startedAt": INSTANT,
        "endedAt": {"anyOf": [INSTANT, {"const": "0001-01-01T00:00:00Z"}]},
    },
}


@settings(deadline=None, max_examples=60)
@given(it=arbitrary.recordings())
def test_any_recording_of_a_call_fits_its_schema_in_its_order(it: Recording) -> None:
    body = calls.recording(it)
    assert faults(CALL_RECORDING, body) == []
    assert [name for name in CALL_RECORDING["properties"] if name in body] == list(body)


@pytest.mark.parametrize(
    ("shape", "schema"),
    [
        ("recording", "Recording"),
        ("recordings", "RecordingPage"),
        ("recordings-last", "RecordingPage"),
        ("recordings-none", "RecordingPage"),
        ("call-recording", "CallRecording"),
        ("call-recording-live", "CallRecording"),
        ("call-recordings", "CallRecordingPage"),
        ("command", "CallCommandRecord"),
        ("transcription", "Transcription"),
        ("transcriptions", "TranscriptionPage"),
        ("transcript", "Transcript"),
        ("subscription", "WebhookSubscription"),
    ],
)
def test_a_shape_is_that_of_its_schema(shape: str, schema: str) -> None:
    document = Document.of(DIALECT)
    answer = json.loads(shapes()[f"bird-{shape}"]())
    assert document.faults(document.root["components"]["schemas"][schema], answer) == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/workspaces/w/recordings", "Resource not found"),
        ("/workspaces/w/recordings/r.mp3", "Recording not found"),
        ("/workspaces/w/recordings/r/transcriptions", "Recording not found"),
        ("/workspaces/w/transcriptions/t.srt", "Transcription not found"),
        ("/organizations/o/workspaces/w/webhook-subscriptions/s", "Webhook subscription not found"),
    ],
)
def test_a_404_names_what_is_missing(path: str, message: str) -> None:
    assert wire.missing(path) == message
