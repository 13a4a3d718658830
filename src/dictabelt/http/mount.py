"""The ASGI application: key, endpoint, answer; every refusal in the dialect's own shape."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dictabelt.core.access import Admitted
from dictabelt.core.errors import (
    Internal,
    NotFound,
    Quarantined,
    StorageFailed,
    Unreadable,
    VaultError,
)
from dictabelt.core.ids import new_uuid
from dictabelt.core.meter import Exhausted, untouched
from dictabelt.core.vault import Vault
from dictabelt.http.again import Repeating, Spend
from dictabelt.http.answers import ClientGone, json
from dictabelt.http.dialect import Dialect, Door, Endpoint, Exchange, Metering, NoSuchPath
from dictabelt.http.refusals import nearest
from dictabelt.http.router import Router
from dictabelt.http.trace import Trace, Watch, trace_of
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


@dataclass(frozen=True, slots=True)
class Fronts:
    """What stands beside the dialects: pages of our own by the first word of their path.

    `watches` hear of every request.
    """

    pages: Mapping[str, Front]
    watches: tuple[Watch, ...] = ()


class Mount:
    """Dialects at their vendors' paths, and fronts of our own beside them."""

    def __init__(
        self, vault: Vault, urls: Urls, *, dialects: Iterable[Dialect], fronts: Fronts
    ) -> None:
        self._vault = vault
        self._urls = urls
        self._router = Router(dialects)
        self._fronts = fronts
        self._repeating = Repeating(vault.ring, fronts.watches)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request; anything else is refused."""
        assert scope["type"] == "http"
        began = perf_counter()
        trace = Trace(str(new_uuid()), scope["method"])
        scope["trace"], scope["request_id"] = trace, trace.id
        reply = _Reply(send, trace)
        try:
            await self._respond(Request(scope, _counted(receive, trace)), reply)
        finally:
            trace.seconds = perf_counter() - began
            for watch in self._fronts.watches:
                watch.ended(trace)

    async def _respond(self, request: Request, reply: "_Reply") -> None:
        trace, speaker = reply.trace, self._speaker(request)
        try:
            version = await self._repeating.version(request.scope)
            answer = await self._answer(speaker, request, reply)
            await answer(request.scope, request.receive, reply.send)
            self._repeating.leave(request.scope, version, spend=reply.spend)
        except ClientGone:
            log.info("client gone", extra=_told(trace))
        except VaultError as refusal:
            await _refuse(refusal, request, speaker, reply=reply)
        except Exception:
            log.exception("fault", extra={**_told(trace), "path": request.scope["path"]})
            fault = Internal("internal error")
            _note(fault, request, speaker)
            await reply.instead(speaker.error(fault, request), request)

    def _speaker(self, request: Request) -> Dialect | Front:
        path, trace = request.scope["path"], trace_of(request.scope)
        dialect = self._router.dialect(path)
        if dialect is not None:
            trace.dialect = dialect.name
            return dialect
        name = path.removeprefix("/").partition("/")[0]
        front = self._fronts.pages.get(name)
        if front is None:
            return _NOBODY
        trace.endpoint = f"/{name}"
        return front

    async def _answer(self, speaker: Dialect | Front, request: Request, reply: "_Reply") -> ASGIApp:
        if isinstance(speaker, Front):
            return await speaker.answer(request)
        return await self._converse(speaker, request, reply)

    async def _converse(self, dialect: Dialect, request: Request, reply: "_Reply") -> ASGIApp:
        metering = dialect.metering
        try:
            endpoint, exchange = await self._admitted(dialect, request, reply)
        finally:
            if metering is not None and reply.trace.who is None:
                nobody = untouched(metering.unknown, await self._vault.ring.clock())
                reply.add(metering.headers(nobody))
        return await endpoint.handler(exchange)

    async def _admitted(
        self, dialect: Dialect, request: Request, reply: "_Reply"
    ) -> tuple[Endpoint, Exchange]:
        scope, trace = request.scope, reply.trace
        endpoint, parameters = self._router.endpoint(
            dialect, method=trace.method, path=scope["path"]
        )
        trace.endpoint = endpoint.path
        if endpoint.door is Door.KEY:
            offered = dialect.credentials(request)
            if dialect.metering is None:
                trace.who = await self._vault.access.authenticate(offered, dialect.name)
            else:
                it = await self._vault.access.admit(offered, dialect.name)
                trace.who = it.who
                self._spend(dialect.metering, endpoint, it=it, reply=reply)
        return endpoint, Exchange(
            self._vault, self._urls, dialect, request, parameters, principal=trace.who
        )

    def _spend(
        self, metering: Metering, endpoint: Endpoint, *, it: Admitted, reply: "_Reply"
    ) -> None:
        allowance = metering.allowance(endpoint, it.account)

        def spend(now: datetime) -> Mapping[str, str]:
            return metering.headers(self._vault.meter.spend(it.account.id, allowance, now))

        try:
            reply.add(spend(it.now))
        except Exhausted as refusal:
            reply.add(metering.headers(refusal.spent))
            raise
        reply.spend = spend


class _Reply:
    """Sends one response, with the request's id on it, and notes what is sent."""

    def __init__(self, send: Send, trace: Trace) -> None:
        self._send = send
        self.trace = trace
        self.spend: Spend = _nothing_spent
        self._headers = {b"x-request-id": trace.id.encode()}

    def add(self, headers: Mapping[str, str]) -> None:
        """Headers for whatever the answer will be, in place of those of their names."""
        self._headers.update((it.encode(), value.encode()) for it, value in headers.items())

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.trace.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._headers.items()]
        elif self.trace.method != "HEAD":
            self.trace.sent += message.get("count") or len(message.get("body", b""))
        await self._send(message)

    async def instead(self, refusal: ASGIApp, request: Request) -> int:
        """Answers with the refusal, and says its status.

        Raises Broken when a response has begun: then the connection must break.
        """
        if self.trace.status:
            self.trace.broken = True
            raise Broken
        await refusal(request.scope, request.receive, self.send)
        return self.trace.status


class Broken(Exception):
    """A response that cannot be finished; the server closes the connection, the client notices."""


async def _refuse(
    refusal: VaultError, request: Request, speaker: Dialect | Front, *, reply: _Reply
) -> None:
    """Says it to the client; what is no client's doing, to the operator too."""
    status = 500
    _note(refusal, request, speaker)
    try:
        status = await reply.instead(speaker.error(refusal, request), request)
    finally:
        if status >= 500 or isinstance(refusal, _FAULTS):
            told = {
                **_told(reply.trace),
                "path": request.scope["path"],
                "reason": str(refusal),
            }
            # which file, and why, is for the owner alone
            known = isinstance(refusal, Quarantined)
            cause = refusal if isinstance(refusal, StorageFailed) and not known else None
            log.warning("failed: %s", type(refusal).__name__, extra=told, exc_info=cause)


def _note(refusal: VaultError, request: Request, speaker: Dialect | Front) -> None:
    trace = trace_of(request.scope)
    trace.refusal = refusal
    if isinstance(speaker, Dialect) and speaker.inner is not None:
        trace.inner = speaker.inner(refusal, request)


def _counted(receive: Receive, trace: Trace) -> Receive:
    """Notes the bytes that come; who asks for a page or for media sends none."""
    if trace.method in ("GET", "HEAD"):
        return receive

    async def counting() -> Message:
        message = await receive()
        trace.received += len(message.get("body", b""))
        return message

    return counting


def _told(trace: Trace) -> dict[str, object]:
    return {"request_id": trace.id, "dialect": trace.dialect, "endpoint": trace.endpoint}


def _nothing_spent(now: datetime) -> Mapping[str, str]:
    del now
    return {}


async def _nothing(request: Request) -> ASGIApp:
    del request
    raise NoSuchPath("nothing is served at this path; /docs lists what is")


_NOBODY = Front(_nothing)
