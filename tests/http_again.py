"""A vault behind our own server, asked again and again with the same bytes."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from assembly import Assembly, assembled
from clocks import Clock
from dialects.driver import Ask
from dictabelt.app import oversight
from dictabelt.app.serving import front
from dictabelt.http.trace import Trace
from dictabelt.server.deadlines import Deadlines
from server.watched import Line, Served, watched
from stocked import Stock

# When it was asked, and under which name.
FLEETING = (b"date", b"x-request-id", b"x-amz-request-id")


@dataclass(frozen=True)
class Answer:
    """Status line, fields in their order but the fleeting ones, and the body."""

    status: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def code(self) -> int:
        return int(self.status.split()[1])

    def json(self) -> dict[str, object]:
        told: dict[str, object] = json.loads(self.body)
        return told


@dataclass
class Counting:
    """An application that says how often it was asked."""

    app: ASGIApp
    asked: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await self.app(scope, receive, send)


@dataclass
class Traces:
    """Implements `Watch`: keeps what was told."""

    told: list[Trace] = field(default_factory=list)

    def ended(self, it: Trace) -> None:
        self.told.append(it)


@dataclass
class Place:
    """The vault, its server, one connection to it, and what is known of requests."""

    here: Assembly
    clock: Clock
    served: Served
    app: Counting
    traces: Traces
    line: Line
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def request(self, ask: Ask, headers: Mapping[str, str]) -> bytes:
        """Its bytes."""
        body = b"" if ask.body is None else json.dumps(ask.body).encode()
        target = ask.path + (f"?{urlencode(ask.query)}" if ask.query else "")
        own = {"host": f"127.0.0.1:{self.served.port}", **headers}
        if body:
            own |= {"content-type": "application/json", "content-length": str(len(body))}
        lines = "".join(f"{name}: {it}\r\n" for name, it in own.items())
        return f"{ask.method} {target} HTTP/1.1\r\n{lines}\r\n".encode() + body

    def link(self, url: str, **headers: str) -> bytes:
        """The bytes that ask for a link."""
        it = urlsplit(url)
        return self.request(Ask("GET", f"{it.path}?{it.query}"), headers)

    async def say(self, data: bytes) -> Answer:
        """The answer to these bytes."""
        self.line.say(data)
        head = await self.line.head()
        status, *lines = head[:-4].split(b"\r\n")
        pairs = [line.partition(b": ") for line in lines]
        fields = [(name, it) for name, _, it in pairs]
        length = int(dict(fields).get(b"content-length", b"0"))
        bare = data.startswith(b"HEAD") or status.split()[1] == b"304"
        body = b"" if bare else await self.line.reader.readexactly(length)
        return Answer(status, tuple(it for it in fields if it[0] not in FLEETING), body)

    async def usual(self, data: bytes) -> Answer:
        """The answer to the same request in other bytes, which come this once."""
        line = b"\r\nx-number: %d\r\n" % next(self.numbers)
        return await self.say(data.replace(b"\r\n", line, 1))

    async def learned(self, data: bytes) -> Answer:
        """The answer to a request that has come often enough to be known, if it can be."""
        for _ in range(3):
            answer = await self.say(data)
        return answer

    async def is_known(self, data: bytes) -> bool:
        """Whether the application hears nothing of it."""
        before = self.app.asked
        await self.say(data)
        return self.app.asked == before


@asynccontextmanager
async def placed(stock: Stock, folder: Path, clock: Clock) -> AsyncIterator[Place]:
    """A copy of the stock, served at the clock's instants."""
    traces = Traces()
    async with assembled(stock, folder, clock=clock) as here:
        app = Counting(front(here.vault, here.settings, seen=oversight(traces)))
        async with watched(Deadlines(), app) as served:
            line = await served.calling()
            yield Place(here, clock, served, app, traces, line)
