"""Refusals as S3 clients read them."""

from xml.etree import ElementTree

import pytest
from botocore.parsers import RestXMLParser
from hypothesis import given, settings
from hypothesis import strategies as st

from dictabelt.core import errors
from dictabelt.core.errors import VaultError
from dictabelt.http import s3_errors
from dictabelt.http.s3_errors import refusal
from dictabelt.http.sigv4 import LinkRefused

SECRET = "recording 42 of Ms Example"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (LinkRefused("AccessDenied", "Request has expired"), 403, "AccessDenied"),
        (LinkRefused("AuthorizationQueryParametersError", "no date"), 400, None),
        (LinkRefused("InvalidAccessKeyId", "revoked"), 403, None),
        (LinkRefused("SignatureDoesNotMatch", "no"), 403, None),
        (LinkRefused("InvalidToken", "no"), 400, None),
        (LinkRefused("InvalidURI", "no"), 400, None),
        (errors.NotFound(SECRET), 404, "NoSuchKey"),
        (errors.NotReady(SECRET), 404, "NoSuchKey"),
        (errors.Forbidden(SECRET), 403, "AccessDenied"),
        (errors.LinkRevoked(SECRET), 403, "AccessDenied"),
        (errors.LinkElsewhere(SECRET), 403, "AccessDenied"),
        (errors.LinkUsedUp(SECRET), 403, "AccessDenied"),
        (errors.MissingKey(SECRET), 403, "AccessDenied"),
        (errors.Invalid(SECRET), 400, "InvalidRequest"),
        (errors.Held(SECRET), 400, "InvalidRequest"),
        (errors.TooBusy(SECRET, retry_after=7), 503, "SlowDown"),
        (errors.StorageFailed(SECRET), 503, "ServiceUnavailable"),
        (errors.Damaged(SECRET), 500, "InternalError"),
        (errors.Quarantined(SECRET), 500, "InternalError"),
        (errors.Internal(SECRET), 500, "InternalError"),
        (errors.Unreadable(SECRET), 500, "InternalError"),
    ],
)
def test_every_refusal_has_s3s_status_and_code(
    error: VaultError, status: int, code: str | None
) -> None:
    answered, headers, body = refusal(error, resource="/media/a", request_id="r-1")
    document = ElementTree.fromstring(body)
    assert answered == status
    assert headers["content-type"] == "application/xml"
    assert document.tag == "Error"
    assert [it.tag for it in document] == ["Code", "Message", "Resource", "RequestId"]
    assert document.findtext("Code") == code or isinstance(error, LinkRefused)
    assert document.findtext("RequestId") == headers["x-amz-request-id"] == "r-1"
    assert SECRET not in body.decode()


def test_a_missing_and_a_foreign_recording_are_refused_alike() -> None:
    answers = [
        refusal(errors.NotFound(why), resource="/media/a", request_id="r")
        for why in ("no such recording", "account 2 owns it")
    ]
    assert answers[0] == answers[1]


def test_too_busy_says_when_to_come_back() -> None:
    _, headers, _ = refusal(errors.TooBusy("", retry_after=7), resource="/", request_id="r")
    assert headers["retry-after"] == "7"


def test_an_expired_link_tells_the_three_instants() -> None:
    details = [("X-Amz-Expires", "600"), ("Expires", "2026-01-31T00:10:00Z"), ("ServerTime", "x")]
    error = LinkRefused("AccessDenied", "Request has expired", details=details)
    document = ElementTree.fromstring(refusal(error, resource="/", request_id="r")[2])
    assert [(it.tag, it.text) for it in document][2:5] == details


def test_botocore_reads_the_document() -> None:
    status, headers, body = refusal(errors.NotFound(""), resource="/media/a", request_id="r")
    parsed = RestXMLParser().parse(
        {"status_code": status, "headers": headers, "body": body}, shape=None
    )
    assert parsed["Error"]["Code"] == "NoSuchKey"
    assert parsed["ResponseMetadata"]["RequestId"] == "r"


@settings(deadline=None, max_examples=200)
@given(resource=st.text())
def test_any_path_makes_a_well_formed_document(resource: str) -> None:
    _, _, body = refusal(errors.NotFound(""), resource=resource, request_id="r")
    document = ElementTree.fromstring(body)
    assert [it.tag for it in document] == ["Code", "Message", "Resource", "RequestId"]


def test_markup_in_a_path_stays_text() -> None:
    path = "/media/</Resource><Code>&amp;\"'\x00\ud800"
    _, _, body = refusal(errors.NotFound(""), resource=path, request_id="r")
    found = ElementTree.fromstring(body).findtext("Resource")
    assert (
        found
        == "/media/</Resource><Code>&amp;\"'\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"
    )


@pytest.mark.parametrize(
    ("status", "code"),
    [(405, "MethodNotAllowed"), (412, "PreconditionFailed"), (416, "InvalidRange")],
)
def test_refusals_of_a_media_request_are_of_the_same_form(status: int, code: str) -> None:
    content_type, body = s3_errors.response(status, {"path": "/media/<a>", "request_id": "r-2"})
    document = ElementTree.fromstring(body)
    assert content_type == "application/xml"
    assert document.findtext("Code") == code
    assert document.findtext("Resource") == "/media/<a>"
    assert document.findtext("RequestId") == "r-2"
    assert s3_errors.STATUS[code] == status
