"""What a request is about, and as whom: its flavour, account, key; and how it is refused."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp

from dictabelt.core.access import Credentials
from dictabelt.core.errors import Invalid, NotFound, VaultError
from dictabelt.core.nouns import Principal
from dictabelt.dialects.laml import wire
from dictabelt.dialects.laml.flavour import ACCOUNT, Flavour, Place
from dictabelt.dialects.laml.flavours import flavour, flavour_at, said
from dictabelt.http.answers import Words, encoded, json
from dictabelt.http.credentials import basic
from dictabelt.http.dialect import Exchange
from dictabelt.http.refusals import headers, nearest

CHALLENGE = {"www-authenticate": 'Basic realm="dictabelt", charset="UTF-8"'}


def credentials(request: Request) -> Credentials | None:
    """Basic: project id and token, or Twilio's account or key and token."""
    return said(basic(request))


def refuse(refusal: VaultError, request: Request) -> ASGIApp:
    """`code`, `message`, `more_info`, `status`, in the flavour of the path."""
    path = request.scope["path"]
    speaks = flavour_at(path)
    status, code, words = nearest(speaks.refusals, refusal)
    if isinstance(refusal, Invalid):
        code = wire.CODES.get(refusal.field or "", speaks.invalid)
    message = words.format(path=path, reason=refusal)
    extra = headers(refusal) | (CHALLENGE if status == 401 else {})
    return json(speaks.error(status, code, message=message), status, headers=extra)


def refuse_media(status: int, scope: Mapping[str, Any]) -> tuple[str, bytes]:
    """The same body for a condition or a range that media cannot meet."""
    code, words = wire.MEDIA_ERRORS[status]
    message = words.format(path=scope["path"])
    return "application/json", encoded(
        flavour_at(scope["path"]).error(status, code, message=message)
    )


WORDS = Words(wire.CONTENT_TYPE, refuse_media)


def owned(exchange: Exchange, who: Principal) -> Flavour:
    """The flavour of the path. Raises NotFound unless the account in it is the caller's."""
    speaks = flavour(exchange.path["account"])
    if speaks.read(ACCOUNT, exchange.path["account"]) != who.account:
        raise NotFound("no such account")
    return speaks


def place(exchange: Exchange, speaks: Flavour) -> Place:
    """The call or conference that the path names, at this server. Raises NotFound."""
    return Place(exchange.base, speaks.within(exchange.path))
