"""Endpoints as clients call them: SDKs write `.json` behind the path, the documents do not."""

from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp

from dictabelt.http.dialect import Endpoint, Exchange


def either(
    method: str, path: str, *, handler: Callable[[Exchange], Awaitable[ASGIApp]], summary: str
) -> tuple[Endpoint, ...]:
    """The endpoint with and without `.json`; a parameter at the end must not swallow that."""
    return (
        Endpoint(method, path + ".json", handler, summary),
        Endpoint(method, path, handler, summary),
    )
