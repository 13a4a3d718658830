"""The ASGI application: key, endpoint, answer; every refusal in the dialect's own shape."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dictabelt.core.errors import Internal, NotFound, StorageFailed, Unreadable, VaultError
from dictabelt.core.meter import Exhausted, untouched
from dictabelt.core.nouns import Principal
from dictabelt.core.vault import Vault
from dictabelt.http.answers import ClientGone, json
from dictabelt.http.dialect import Dialect, Door, Endpoint, Exchange, Metering, NoSuchPath
from dictabelt.http.refusals import nearest
from dictabelt.http.router import Router
from dictabelt.http.urls import Urls

_PROBLEMS: dict[type[VaultError], tuple[int, str, str]] = {
    VaultError: (500, "Internal Server Error", "The server failed; try again."),
    NotFound: (404, "Not Found", "{reason}"),
}
# Faults of ours, also where a vendor's status is 200.
_FAULTS = (Internal, StorageFailed, Unreadable)

log = logging.getLogger("dictabelt.http")

Refuse = Callable[[VaultError, Request], ASGIApp]


def problem(refusal: VaultError, request: Request) -> ASGIApp:
    """Problem details (RFC 9457), where no vendor has a say."""
    del request
    status, title, detail = nearest(_PROBLEMS, refusal)
    body = {"title": title, "status": status, "detail": detail.format(reason=refusal)}
    return json(body, status, media_type="application/problem+json")


@dataclass(frozen=True, slots=True)
class Front:
    """Whoever answers everything below one name, and how it refuses."""

    answer: Callable[[Request], Awaitable[ASGIApp]]
    error: Refuse = problem


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
        speaker = self._speaker(scope["path"])
        try:
            answer = await self._answer(speaker, request, reply)
            await answer(scope, receive, reply.send)
        except ClientGone:
            log.info("client gone", extra={"path": scope["path"]})
        except VaultError as refusal:
            await _refuse(refusal, request, speaker.error, reply=reply)
        except Exception:
            log.exception("fault", extra={"path": scope["path"]})
            await reply.instead(speaker.error(Internal("internal error"), request), request)

    def _speaker(self, path: str) -> Dialect | Front:
        dialect = self._router.dialect(path)
        if dialect is not None:
            return dialect
        return self._fronts.get(path.removeprefix("/").partition("/")[0], _NOBODY)

    async def _answer(self, speaker: Dialect | Front, request: Request, reply: "_Reply") -> ASGIApp:
        if isinstance(speaker, Front):
            return await speaker.answer(request)
        return await self._converse(speaker, request, reply)

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
        self._status: int | None = None

    def add(self, headers: Mapping[str, str]) -> None:
        """Headers for whatever the answer will be, in place of those of their names."""
        self._headers.update(headers)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message["headers"] = [
                *message.get("headers", ()),
                *((it.encode(), value.encode()) for it, value in self._headers.items()),
            ]
        await self._send(message)

    async def instead(self, refusal: ASGIApp, request: Request) -> int:
        """Answers with the refusal, and says its status.

        Raises Broken when a response has begun: then the connection must break.
        """
        if self._status is not None:
            raise Broken
        await refusal(request.scope, request.receive, self.send)
        return self._status or 0


class Broken(Exception):
    """A response that cannot be finished; the server closes the connection, the client notices."""


async def _refuse(refusal: VaultError, request: Request, words: Refuse, *, reply: _Reply) -> None:
    """Says it to the client; what is no client's doing, to the operator too."""
    status = 500
    try:
        status = await reply.instead(words(refusal, request), request)
    finally:
        if status >= 500 or isinstance(refusal, _FAULTS):
            told = {"path": request.scope["path"], "reason": str(refusal)}
            log.warning("failed: %s", type(refusal).__name__, extra=told)


async def _nothing(request: Request) -> ASGIApp:
    del request
    raise NoSuchPath("nothing is served at this path; /docs lists what is")


_NOBODY = Front(_nothing)
