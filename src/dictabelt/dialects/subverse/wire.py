"""SubVerse's words: the envelope, its messages, the call id."""

from urllib.parse import quote, unquote, urlsplit

from dictabelt.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    MissingKey,
    NotFound,
    TooBusy,
    Unauthorized,
    VaultError,
)
from dictabelt.core.nouns import Recording
from dictabelt.http.dialect import MethodNotAllowed, NoSuchPath, Visit, Visitor
from dictabelt.http.sigv4 import signed_host

PATH = "/api/call/signed-recording-url"
SIGNED = "Signed url generated successfully!"
REQUIRED = "Validation error: Either callId or callRecordingUrl is required"
_UNKNOWN = (404, "No call record found, Please contact administrator.")

# (HTTP status, responseCode, message): refusals of the endpoint come under HTTP 200 (seed,
# responses); only what is no answer of the endpoint has a status of its own.
ERRORS: dict[type[VaultError], tuple[int, int, str]] = {
    VaultError: (200, 500, "Internal server error!"),
    MissingKey: (200, 401, "API key missing!"),
    Unauthorized: (200, 401, "Invalid API key"),
    Forbidden: (200, 401, "Invalid API key"),
    Invalid: (200, 400, REQUIRED),
    NotFound: (200, *_UNKNOWN),
    Conflict: (200, *_UNKNOWN),
    TooBusy: (429, 429, "Too many requests, try again later"),
    NoSuchPath: (404, 404, "No such path"),
    MethodNotAllowed: (405, 405, "Method not allowed"),
}


def envelope(code: int, message: str, *, data: object = None) -> dict[str, object]:
    """The ApiResponse schema; `data` is there even when null."""
    return {"responseCode": code, "message": message, "data": data}


def call_id(it: Recording) -> str:
    """The vendor's own call id where one is kept, else the id of the call or conference."""
    if it.call is not None and it.call.vendor_id is not None:
        return it.call.vendor_id
    return str(it.source_id)


def location(url: str) -> tuple[str, str] | None:
    """Host and decoded path of an http(s) URL, query and fragment dropped; None for others."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return None
    # As links spell hosts: `https://host:443` is `https://host`.
    return signed_host(f"{parts.scheme}://{parts.netloc}"), unquote(parts.path)


def visit(it: Visitor) -> Visit:
    """Asks for a signed URL."""
    url = f"{it.base_url}{PATH}?callId={quote(call_id(it.recording), safe='')}"
    return Visit("a signed URL for the call", ("-H", f"x-api-key: {it.key}", url))
