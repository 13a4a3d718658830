"""Refusals of signed links as S3 words them: an XML document, a code, a reason."""

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from dictabelt.core.errors import (
    Conflict,
    Damaged,
    Forbidden,
    Invalid,
    LinkElsewhere,
    LinkRevoked,
    LinkUsedUp,
    NotFound,
    NotReady,
    StorageFailed,
    TooBusy,
    Unauthorized,
    VaultError,
)
from dictabelt.http.refusals import headers as headers_of
from dictabelt.http.refusals import nearest
from dictabelt.http.sigv4 import LinkRefused

CONTENT_TYPE = "application/xml"

# Amazon S3 API Reference, "Error responses", list of error codes.
STATUS: Mapping[str, int] = {
    "AccessDenied": 403,
    "AuthorizationQueryParametersError": 400,
    "BadDigest": 400,
    "InternalError": 500,
    "InvalidAccessKeyId": 403,
    "InvalidRange": 416,
    "InvalidRequest": 400,
    "InvalidToken": 400,
    "InvalidURI": 400,
    "MethodNotAllowed": 405,
    "NoSuchKey": 404,
    "OperationAborted": 409,
    "PreconditionFailed": 412,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "SlowDown": 503,
}


class UploadRefused(VaultError):
    """Bytes that are not kept: S3's `code` and a reason to show to whoever sent them."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


# Fixed words, never the error's own: they would tell what there is behind the link.
_WORDS: Mapping[type[VaultError], tuple[str, str]] = {
    Unauthorized: ("AccessDenied", "Access denied"),
    LinkRevoked: ("AccessDenied", "The link was revoked by its owner."),
    LinkElsewhere: ("AccessDenied", "The link is not for the address that you call from."),
    LinkUsedUp: ("AccessDenied", "The link has been used as often as its owner allowed."),
    Forbidden: ("AccessDenied", "Access denied"),
    NotFound: ("NoSuchKey", "There is nothing behind this link, or no longer."),
    NotReady: ("NoSuchKey", "The media behind this link cannot be played."),
    Invalid: ("InvalidRequest", "The request makes no sense here."),
    Conflict: ("InvalidRequest", "The request does not fit the state of things."),
    TooBusy: ("SlowDown", "Every encoder is at work; come back after Retry-After seconds."),
    Damaged: (
        "InternalError",
        "What is kept behind this link is damaged; its owner must restore it.",
    ),
    StorageFailed: ("ServiceUnavailable", "Storage does not answer; try again."),
    VaultError: ("InternalError", "The server failed; try again."),
}
_RESPONSES: Mapping[int, tuple[str, str]] = {
    405: ("MethodNotAllowed", "Use GET or HEAD."),
    412: ("PreconditionFailed", "A condition in the request's headers does not hold."),
    416: ("InvalidRange", "None of the ranges lies within the media."),
}
# XML 1.0 section 2.2: what a document may not hold, not even as a reference.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def refusal(
    error: VaultError, *, resource: str, request_id: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body for `error`; `resource` is the path as the client sent it."""
    if isinstance(error, LinkRefused):
        code, message, details = error.code, str(error), error.details
    elif isinstance(error, UploadRefused):
        code, message, details = error.code, str(error), ()
    else:
        (code, message), details = nearest(_WORDS, error), ()
    places = [("Resource", resource), ("RequestId", request_id)]
    headers = {
        "content-type": CONTENT_TYPE,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "access-control-allow-origin": "*",
        "x-amz-request-id": request_id,
        **headers_of(error),
    }
    return (
        STATUS[code],
        headers,
        _document([("Code", code), ("Message", message), *details, *places]),
    )


def response(status: int, scope: Mapping[str, Any]) -> tuple[str, bytes]:
    """Content type and body for a 405, 412 or 416 about the media at the scope's path."""
    code, message = _RESPONSES[status]
    places = [("Resource", scope["path"]), ("RequestId", str(scope.get("request_id", "")))]
    return CONTENT_TYPE, _document([("Code", code), ("Message", message), *places])


def _document(elements: Iterable[tuple[str, str]]) -> bytes:
    inside = "".join(f"<{name}>{_text(value)}</{name}>" for name, value in elements)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inside}</Error>'.encode()


def _text(value: str) -> str:
    return escape(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", value), quote=False)
