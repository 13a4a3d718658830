"""The key of a request, and problem details for what is refused (RFC 9457)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp

from dictabelt.core.access import Credentials
from dictabelt.core.errors import VaultError
from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Terms
from dictabelt.dialects.native import wire
from dictabelt.http.answers import Words, encoded, json
from dictabelt.http.credentials import token
from dictabelt.http.refusals import headers, nearest

# A link that is asked for without any word of its own.
TERMS = Terms(Variant(Form.MP3), timedelta(hours=1))
PROBLEM = "application/problem+json"


def credentials(request: Request) -> Credentials | None:
    """The Bearer token."""
    return token(request, "bearer")


def refuse(refusal: VaultError, request: Request) -> ASGIApp:
    """A problem, with `errors` where a field is at fault."""
    status, kind, title, detail = nearest(wire.ERRORS, refusal)
    body = wire.problem(
        status,
        kind,
        title=title,
        detail=detail.format(reason=refusal),
        instance=request.scope["path"],
    )
    faults = wire.faults(refusal)
    if faults:
        body["errors"] = faults
    return json(body, status, headers=headers(refusal, challenge="Bearer"), media_type=PROBLEM)


def refuse_media(status: int, scope: Mapping[str, Any]) -> tuple[str, bytes]:
    """The same for a condition or a range that media cannot meet."""
    kind, title, detail = wire.MEDIA_ERRORS[status]
    body = wire.problem(status, kind, title=title, detail=detail, instance=scope["path"])
    return PROBLEM, encoded(body)


WORDS = Words(refuse=refuse_media)
