"""Heads of requests that are whole, but have too much in them."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dictabelt.server.deadlines import LONGEST_TARGET, MOST_HEADERS


class Heads:
    """Refuses long targets and many headers, before the application hears of them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused: ASGIApp | None = None
        if len(scope["headers"]) > MOST_HEADERS:
            refused = _refusal(431, "Request Header Fields Too Large")
        elif len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_TARGET:
            refused = _refusal(414, "URI Too Long")
        await (refused or self._app)(scope, receive, send)


def _refusal(status: int, words: str) -> ASGIApp:
    return PlainTextResponse(words, status, {"connection": "close"})
