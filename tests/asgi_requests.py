"""Requests as the server hands them to a dialect, made without a server."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import Message


def request(
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    server: tuple[str, int | None] | None = ("10.1.2.3", 8080),
    scheme: str = "http",
) -> Request:
    """A request with nothing in its body."""

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    place, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "scheme": scheme,
        "path": place,
        "raw_path": place.encode(),
        "query_string": query.encode(),
        "headers": [
            (name.lower().encode(), value.encode("latin-1"))
            for name, value in (headers or {}).items()
        ],
        "server": server,
        "client": ("10.9.9.9", 1234),
    }
    return Request(scope, receive)
