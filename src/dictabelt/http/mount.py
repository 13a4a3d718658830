"""The ASGI application: key, endpoint, answer; every refusal in the dialect's own shape."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from uuid import uuid4

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dictabelt.core.errors import Internal, NotFound, VaultError
from dictabelt.core.meter import Exhausted, untouched
from dictabelt.core.nouns import Principal
from dictabelt.core.vault import Vault
from dictabelt.http.answers import ClientGone, json
from dictabelt.http.dialect import Dialect, Door, Endpoint, Exchange, Metering, NoSuchPath
from dictabelt.http.refusals import nearest
from dictabelt.http.router import Router
from dictabelt.http.urls import Urls

_PROBLEMS: dict[type[VaultError], tuple[int, str]] = {
    VaultError: (500, "Internal Server Error"),
    NotFound: (404, "Not Found"),
}

log = logging.getLogger("dictabelt.http")

Front = Callable[[Request], Awaitable[ASGIApp]]


class Mount:
    """Dialects at their vendors' paths, and fronts of our own beside them."""

    def __init__(
        self, vault: Vault, urls: Urls, *, dialects: Iterable[Dialect], fronts: dict[str, Front]
    ) -> None:
        self._vault = vault
        self._urls = urls
        self._router = Router(dialects)
        self._fronts = fronts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request; anything else is refused."""
        assert scope["type"] == "http"
        request = Request(scope, receive)
        scope["request_id"] = str(uuid4())
        reply = _Reply(send, scope["request_id"])
        dialect = self._router.dialect(scope["path"])
        try:
            answer = await self._answer(dialect, request, reply)
            await answer(scope, receive, reply.send)
        except ClientGone:
            log.info("client gone", extra={"path": scope["path"]})
        except VaultError as refusal:
            await reply.instead(_refusal(dialect, refusal, request), request)
        except Exception:
            log.exception("fault", extra={"path": scope["path"]})
            fault = Internal("internal error")
            await reply.instead(_refusal(dialect, fault, request), request)

    async def _answer(self, dialect: Dialect | None, request: Request, reply: "_Reply") -> ASGIApp:
        path = request.scope["path"]
        if dialect is not None:
            return await self._converse(dialect, request, reply)
        front = self._fronts.get(path.removeprefix("/").partition("/")[0])
        if front is None:
            raise NoSuchPath("nothing is served at this path; /docs lists what is")
        return await front(request)

    async def _converse(self, dialect: Dialect, request: Request, reply: "_Reply") -> ASGIApp:
        path = request.scope["path"]
        if dialect.metering is not None:
            nobody = untouched(dialect.metering.unknown, await self._vault.ring.clock())
            reply.add(dialect.metering.headers(nobody))
        endpoint, parameters = self._router.endpoint(dialect, method=request.method, path=path)
        who = None
        if endpoint.door is Door.KEY:
            offered = dialect.credentials(request)
            who = await self._vault.access.authenticate(offered, dialect.name)
        if who is not None and dialect.metering is not None:
            await self._meter(dialect.metering, endpoint, who=who, reply=reply)
        exchange = Exchange(self._vault, self._urls, dialect, request, parameters, who)
        return await endpoint.handler(exchange)

    async def _meter(
        self, metering: Metering, endpoint: Endpoint, *, who: Principal, reply: "_Reply"
    ) -> None:
        allowance = metering.allowance(endpoint, await self._vault.accounts.own(who))
        try:
            now = await self._vault.ring.clock()
            reply.add(metering.headers(self._vault.meter.spend(who.account, allowance, now)))
        except Exhausted as refusal:
            reply.add(metering.headers(refusal.spent))
            raise


class _Reply:
    """Sends one response, with the request's id on it."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._headers = {"x-request-id": request_id}
        self._started = False

    def add(self, headers: Mapping[str, str]) -> None:
        """Headers for whatever the answer will be, in place of those of their names."""
        self._headers.update(headers)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._started = True
            message["headers"] = [
                *message.get("headers", ()),
                *((it.encode(), value.encode()) for it, value in self._headers.items()),
            ]
        await self._send(message)

    async def instead(self, refusal: ASGIApp, request: Request) -> None:
        """Answers with the refusal, unless a response has begun: then the connection must break."""
        if self._started:
            raise Broken
        await refusal(request.scope, request.receive, self.send)


class Broken(Exception):
    """A response that cannot be finished; the server closes the connection, the client notices."""


def _refusal(dialect: Dialect | None, refusal: VaultError, request: Request) -> ASGIApp:
    if dialect is not None:
        return dialect.error(refusal, request)
    status, title = nearest(_PROBLEMS, refusal)
    body = {"title": title, "status": status, "detail": str(refusal)}
    return json(body, status, media_type="application/problem+json")
