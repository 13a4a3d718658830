"""The extension `http.response.zerocopysend` of ASGI, over uvicorn, which has none."""

from typing import TYPE_CHECKING, Any

from starlette.types import Message, Scope, Send

from dictabelt.server.wire import Passed, Wire

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

EXTENSION = "http.response.zerocopysend"
"""`file` is a descriptor; `offset` and `count` must be there, and the answer must have a length.

Beside it, any message may say `corked`: it leaves with the one that follows. Unlike other sending,
this raises ConnectionError when the client is gone, and OSError or EOFError for a bad file.
"""


def offered(scope: Scope, send: Send) -> Send:
    """`send`, or what understands the extension as well, where the connection is fit for it."""
    cycle: Any = getattr(send, "__self__", None)
    wire = getattr(cycle, "transport", None)
    # h11 counts bodies in its own way
    if scope["method"] != "GET" or not hasattr(cycle, "expected_content_length"):
        return send
    if not isinstance(wire, Wire) or not wire.is_plain:
        return send
    scope["extensions"] = {EXTENSION: {}}  # uvicorn itself has none
    return _Sending(cycle, wire).send


class _Sending:
    __slots__ = ("_cycle", "_send", "_wire")

    def __init__(self, cycle: "RequestResponseCycle", wire: Wire) -> None:
        self._send: Send = cycle.send  # type: ignore[assignment]
        self._cycle = cycle
        self._wire = wire

    async def send(self, message: Message) -> None:
        if message["type"] == EXTENSION:
            await self._pass(message)
        elif message.get("corked"):
            self._wire.hold()
            await self._send(message)
        else:
            self._wire.release()
            await self._send(message)

    async def _pass(self, message: Message) -> None:
        count, cycle = message["count"], self._cycle
        if cycle.chunked_encoding is not False or count > cycle.expected_content_length:
            raise RuntimeError("the answer's length has no room for the stretch")
        await self._wire.send_file(message["file"], offset=message["offset"], count=count)
        body = {"type": "http.response.body", "body": Passed(count)}
        await self._send({**body, "more_body": message.get("more_body", False)})
