"""What every endpoint shares: the key, the refusal, and the workspace that its path names."""

from uuid import UUID

from starlette.requests import Request
from starlette.types import ASGIApp

from dictabelt.core.access import Credentials
from dictabelt.core.errors import NotFound, VaultError
from dictabelt.core.ids import read_uuid
from dictabelt.dialects.bird import reading, wire
from dictabelt.http.answers import json
from dictabelt.http.body import small_body
from dictabelt.http.credentials import token
from dictabelt.http.dialect import Exchange
from dictabelt.http.refusals import headers, nearest

BELOW = "/workspaces/{workspaceId}"


def credentials(request: Request) -> Credentials | None:
    """`Authorization: AccessKey ...`."""
    return token(request, "accesskey")


def refuse(refusal: VaultError, request: Request) -> ASGIApp:
    """`code` and `message`."""
    status, code, message = nearest(wire.ERRORS, refusal)
    if type(refusal) is NotFound:
        message = wire.missing(request.scope["path"])
    return json(wire.error(code, message), status, headers=headers(refusal, challenge="AccessKey"))


def refuse_foreign(exchange: Exchange) -> None:
    """Raises NotFound unless the workspace in the path is the caller's."""
    if read_uuid(exchange.path["workspaceId"]) != exchange.who.account:
        raise NotFound("no such workspace")


def identifier(exchange: Exchange, name: str) -> UUID:
    """The UUID in the path, once the workspace is the caller's. Raises NotFound, Invalid."""
    refuse_foreign(exchange)
    return reading.identifier(exchange.path[name], field=name)


def query(exchange: Exchange, names: tuple[str, ...]) -> dict[str, str]:
    """The query, once the workspace is the caller's. Raises NotFound, Invalid."""
    refuse_foreign(exchange)
    return reading.query(exchange.request.query_params.multi_items(), names)


async def body(exchange: Exchange) -> bytes:
    """The body, once the workspace is the caller's. Raises NotFound, Invalid."""
    refuse_foreign(exchange)
    return await small_body(exchange.request)
