"""SubVerse's words, compared with the "Get Signed URL" page."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samples
from dictabelt.core import errors
from dictabelt.dialects.subverse import wire
from dictabelt.http.dialect import Visitor

LINK = "http://vault.example.com/media/a/b/c/recording.mp3"


def test_the_envelope_has_data_even_where_there_are_none() -> None:
    assert list(wire.envelope(404, "gone").items()) == [
        ("responseCode", 404),
        ("message", "gone"),
        ("data", None),
    ]


@pytest.mark.parametrize(
    ("refusal", "code", "message"),
    [
        (errors.MissingKey, 401, "API key missing!"),
        (
            errors.Invalid,
            400,
            "Validation error: Either callId or callRecordingUrl is required",
        ),
        (errors.NotFound, 404, "No call record found, Please contact administrator."),
        (errors.VaultError, 500, "Internal server error!"),
    ],
)
def test_refusals_come_under_http_200_in_the_words_of_the_page(
    refusal: type[errors.VaultError], code: int, message: str
) -> None:
    assert wire.ERRORS[refusal] == (200, code, message)
    assert wire.SIGNED == "Signed url generated successfully!"


def test_a_call_is_known_by_its_vendors_id() -> None:
    assert wire.call_id(samples.recording()) == "12345"


def test_a_call_without_one_is_known_by_ours() -> None:
    it = samples.recording(call=samples.call(vendor_id=None))
    assert wire.call_id(it) == str(samples.CALL)
    assert wire.call_id(samples.conference_recording()) == str(samples.CONFERENCE)
    assert wire.call_id(samples.bare_recording()) == str(samples.RECORDING)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (LINK, ("vault.example.com", "/media/a/b/c/recording.mp3")),
        (f"{LINK}?X-Amz-Signature=1#x", ("vault.example.com", "/media/a/b/c/recording.mp3")),
        (f" {LINK}\n", ("vault.example.com", "/media/a/b/c/recording.mp3")),
        ("HTTPS://Vault.Example.COM:8443/A%3Ab", ("vault.example.com:8443", "/A:b")),
        ("http://vault.example.com", ("vault.example.com", "")),
        ("http://[::1]:80/x", ("[::1]", "/x")),
        ("https://vault.example.com:443/x", ("vault.example.com", "/x")),
        ("http://vault.example.com:443/x", ("vault.example.com:443", "/x")),
    ],
)
def test_a_url_is_read_as_host_and_path(url: str, place: tuple[str, str]) -> None:
    assert wire.location(url) == place


@pytest.mark.parametrize(
    "url",
    [
        "",
        "recording.mp3",
        "//vault.example.com/x",
        "ftp://vault.example.com/x",
        "file:///etc/passwd",
        "s3://bucket/recording.mp3",
        "http://user@vault.example.com/x",
        "http://vault.example.com@evil.example/x",
        "http://[::1/x",
    ],
)
def test_other_urls_have_no_place(url: str) -> None:
    assert wire.location(url) is None


@settings(deadline=None, max_examples=60)
@given(st.text() | st.text().map(lambda it: f"http://{it}") | st.text().map(lambda it: LINK + it))
def test_any_text_is_read_without_a_fault(url: str) -> None:
    place = wire.location(url)
    assert place is None or "@" not in place[0]


def test_the_example_asks_for_the_call_however_it_is_named() -> None:
    it = samples.recording(call=samples.call(vendor_id="a&b=c/d é"))
    curl = wire.visit(Visitor("http://host", str(samples.ACCOUNT), "dbk_1", it)).curl
    asked = urlsplit(curl[-1])
    assert asked.path == "/api/call/signed-recording-url"
    assert parse_qs(asked.query) == {"callId": ["a&b=c/d é"]}
    assert curl[:2] == ("-H", "x-api-key: dbk_1")
