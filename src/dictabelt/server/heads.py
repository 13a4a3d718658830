"""Between uvicorn and the application: heads that hold too much, answers that are the last."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dictabelt.server.deadlines import LONGEST_TARGET, MOST_HEADERS
from dictabelt.server.invitation import invite
from dictabelt.server.zero_copy import offered


class Heads:
    """Refuses long targets and many headers, before the application hears of them.

    While `leaving`, each answer is the last on its connection.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.leaving = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused: ASGIApp | None = None
        if len(scope["headers"]) > MOST_HEADERS:
            refused = _refusal(431, f"there are more than {MOST_HEADERS} headers; send fewer")
        elif len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_TARGET:
            refused = _refusal(
                414, f"path and query are longer than {LONGEST_TARGET} bytes; ask for less at once"
            )
        own, send = send, offered(scope, send)
        invite(scope, own)
        await (refused or self._app)(scope, receive, _last(send) if self.leaving else send)


def _refusal(status: int, why: str) -> ASGIApp:
    return PlainTextResponse(why, status, {"connection": "close"})


def _last(send: Send) -> Send:
    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        await send(message)

    return closing
