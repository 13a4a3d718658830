"""Bota's words, compared with the "download-url" page."""

import json
import re
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samples
from dialects import arbitrary
from dictabelt.core.errors import Conflict, Invalid, NotFound
from dictabelt.core.ids import MediaId, RecordingId
from dictabelt.core.media import Form, Kind, Variant
from dictabelt.dialects.bota import wire
from dictabelt.http.dialect import Visitor
from dictabelt.http.layout import Target

# What the vendor's own code takes for an id.
ID = re.compile(r"[a-z]+_[A-Za-z0-9]{1,64}")
SPELLED = f"med_{samples.MEDIA.hex}"


def test_the_answer_has_the_five_fields_of_the_page() -> None:
    link = samples.link(
        variant=Variant(Form.ORIGINAL), expires_at=samples.ISSUED + timedelta(hours=1)
    )
    assert wire.download(
        samples.media(content_type="audio/opus"), link.expires_at, url="https://x/"
    ) == {
        "download_url": "https://x/",
        "media_id": SPELLED,
        "content_type": "audio/opus",
        "file_size_bytes": 480_028,
        "expires_at": "2026-03-05T09:00:00Z",
    }


@pytest.mark.parametrize(
    ("kind", "extension", "file"),
    [
        (Kind.AUDIO, "opus", "audio.opus"),
        (Kind.IMAGE, "jpg", "image.jpg"),
        (Kind.VIDEO, "mp4", "video.mp4"),
    ],
)
def test_the_object_key_has_project_recording_media_and_kind(
    kind: Kind, extension: str, file: str
) -> None:
    link = samples.link(variant=Variant(Form.ORIGINAL), name=kind.value, extension=extension)
    *ids, last = wire.link_path(link).split("/")
    assert last == file
    assert [it.partition("_")[0] for it in ids] == ["proj", "rec", "med"]
    assert all(ID.fullmatch(it) for it in ids)


@settings(deadline=None, max_examples=30)
@given(account=arbitrary.ids, recording=arbitrary.ids, media=arbitrary.ids)
def test_a_link_path_reads_back(account: UUID, recording: UUID, media: UUID) -> None:
    link = samples.link(
        account=account, recording=recording, media=media, name="audio", extension="opus"
    )
    wanted = Target(account, RecordingId(recording), MediaId(media), Form.ORIGINAL)
    assert wire.link_target(wire.link_path(link)) == wanted


@pytest.mark.parametrize(
    "path",
    [
        "",
        f"rec_{samples.RECORDING.hex}/med_{samples.MEDIA.hex}/audio.opus",
        f"proj_{samples.ACCOUNT.hex}/rec_{samples.RECORDING.hex}/{SPELLED}/other.opus",
        f"proj_{samples.ACCOUNT.hex}/rec_{samples.RECORDING.hex}/{SPELLED}/audio.opus/more",
        f"{samples.ACCOUNT.hex}/rec_{samples.RECORDING.hex}/{SPELLED}/audio.opus",
        f"proj_{samples.ACCOUNT.hex}/{samples.RECORDING.hex}/{SPELLED}/audio.opus",
        f"proj_{samples.ACCOUNT.hex}/rec_{samples.RECORDING.hex}/{samples.MEDIA.hex}/audio.opus",
    ],
)
def test_other_paths_name_nothing(path: str) -> None:
    assert wire.link_target(path) is None


@settings(deadline=None, max_examples=30)
@given(arbitrary.ids)
def test_an_id_reads_back(id: UUID) -> None:
    spelled = wire.spell(samples.recording(id=id))
    assert ID.fullmatch(spelled)
    assert wire.recording_id(spelled) == id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rec_",
        "rec_abc123",
        SPELLED,
        str(samples.RECORDING),
        f"rec_{samples.RECORDING}",
        f"rec_{samples.RECORDING.hex.upper()}",
        f"rec_rec_{samples.RECORDING.hex}",
    ],
)
def test_other_ids_are_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        wire.recording_id(text)


def test_a_body_names_its_media_whatever_else_it_says() -> None:
    body = json.dumps({"media_id": SPELLED, "format": "mp3", "use_enhanced": True})
    assert wire.media_id(body.encode()) == samples.MEDIA


@pytest.mark.parametrize("text", ["med_001", "rec_001", samples.MEDIA.hex, f"{SPELLED} "])
def test_a_media_that_is_not_ours_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        wire.media_id(json.dumps({"media_id": text}).encode())


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"\xff", "body"),
        (b"[]", "body"),
        (b'"med_001"', "body"),
        (b"null", "body"),
        (b"{}", "media_id"),
        (b'{"media_id": null}', "media_id"),
        (b'{"media_id": 1}', "media_id"),
        (b'{"media_id": ["med_001"]}', "media_id"),
        (b'{"media_id": ""}', "media_id"),
        (b'{"media_id": " "}', "media_id"),
    ],
)
def test_a_body_without_a_media_id_is_invalid(body: bytes, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        wire.media_id(body)
    assert refused.value.field == field


@settings(deadline=None, max_examples=60)
@given(
    st.binary()
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda it: st.lists(it) | st.dictionaries(st.just("media_id") | st.text(), it),
        max_leaves=5,
    ).map(lambda it: json.dumps(it).encode())
)
def test_any_body_is_refused_and_nothing_worse(body: bytes) -> None:
    with pytest.raises((Invalid, NotFound)):
        wire.media_id(body)


def test_an_error_is_one_envelope() -> None:
    assert wire.error("not_found", "no such media") == {
        "error": {"code": "not_found", "message": "no such media"}
    }


def test_details_name_the_field_at_fault_where_there_is_one() -> None:
    refusal = Invalid("media_id is required and must be a string", field="media_id")
    told = {"field": "media_id", "reason": "media_id is required and must be a string"}
    assert wire.details(refusal) == told
    assert wire.details(Invalid("no")) is None
    assert wire.details(Conflict("no")) is None
    body = wire.error("invalid_request", "The request body is invalid", details=told)
    assert body == {
        "error": {
            "code": "invalid_request",
            "message": "The request body is invalid",
            "details": told,
        }
    }


def test_the_example_asks_for_the_first_audio() -> None:
    picture = samples.media(id=MediaId(samples.CHANNEL), kind=Kind.IMAGE)
    it = samples.recording(media=(picture, samples.media()))
    curl = wire.visit(Visitor("http://host", str(samples.ACCOUNT), "dbk_1", it)).curl
    assert curl[-1] == f"http://host/v1/recordings/rec_{samples.RECORDING.hex}/download-url"
    assert "Authorization: Bearer dbk_1" in curl
    assert json.loads(curl[curl.index("-d") + 1]) == {"media_id": SPELLED}
