"""uvicorn in the command's own event loop: ready when it answers, gone when it is told to."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any, cast

from dictabelt.server import notify
from dictabelt.server.deadlines import Deadlines
from dictabelt.server.heads import Heads
from dictabelt.server.stopping import Signals, Stop, heeded
from dictabelt.server.watch import Watch

if TYPE_CHECKING:
    from starlette.types import ASGIApp
    from uvicorn import Config, Server

log = logging.getLogger("dictabelt.server")

_TICK_SECONDS = 0.1
# For who is in the door to ask, and for an application to end once its client is gone.
_LAST_SECONDS = 1


@dataclass(frozen=True, slots=True)
class House:
    """How guests are treated: whose word about others is believed, how long each may take."""

    proxies: Sequence[str] = ()
    deadlines: Deadlines = field(default_factory=Deadlines)
    stop: Stop = field(default_factory=Stop)


async def answer(
    app: "ASGIApp",
    listener: socket.socket,
    *,
    house: House,
    ready: Callable[[], Awaitable[None]],
    leaving: Callable[[], None] = lambda: None,
) -> None:
    """Serves until SIGINT or SIGTERM; `ready` runs once, when the server answers.

    `leaving` runs once, a moment before nobody new is let in; those inside may
    end what they are at.
    """
    import uvicorn

    watch = Watch(house.deadlines)
    heads = Heads(app)
    server = uvicorn.Server(_config(heads, house, watch))
    with heeded() as signals:
        await _start(server, listener)
        own = [asyncio.create_task(it) for it in (_tick(server), watch.run(), _live())]
        try:
            await ready()
            notify.tell("READY=1")
            await _until(lambda: signals.begun)
            leaving()
            heads.leaving = True
            watch.lane.close()
            notify.tell("STOPPING=1")
            await _end(server, listener, signals=signals, terms=signals.terms(house.stop))
        finally:
            for it in own:
                it.cancel()
            await asyncio.gather(*own, return_exceptions=True)
            watch.lane.close()


@asynccontextmanager
async def beside(app: "ASGIApp", listener: socket.socket) -> AsyncIterator[None]:
    """Serves for as long as the context lasts, whatever signals say; nobody's download ends it."""
    import uvicorn

    house = House()
    watch = Watch(house.deadlines)
    server = uvicorn.Server(_config(Heads(app), house, watch))
    await _start(server, listener)
    own = [asyncio.create_task(it) for it in (_tick(server), watch.run())]
    try:
        yield
    finally:
        for it in own:
            it.cancel()
        await asyncio.gather(*own, return_exceptions=True)
        watch.lane.close()
        await _cut(server)


async def until_told(ready: Callable[[], None]) -> None:
    """Returns at SIGINT or SIGTERM; for a process that answers nobody."""
    with heeded() as signals:
        living = asyncio.create_task(_live())
        try:
            ready()
            notify.tell("READY=1")
            await _until(lambda: signals.begun)
            notify.tell("STOPPING=1")
        finally:
            living.cancel()


def _config(app: Heads, house: House, watch: Watch) -> "Config":
    import uvicorn

    return uvicorn.Config(
        app,
        # uvicorn calls it, whatever it is, and never asks for its class
        http=cast(Any, watch.protocol),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(house.proxies),
        # Left out, uvicorn believes whoever calls from this machine.
        forwarded_allow_ips=list(house.proxies),
        timeout_keep_alive=cast(int, house.deadlines.idle),
    )


async def _start(server: "Server", listener: socket.socket) -> None:
    """What `Server.serve` does before it waits, without its signal handlers."""
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listener])


async def _tick(server: "Server") -> None:
    """Keeps the Date header right."""
    for number in count():
        await server.on_tick(number)
        await asyncio.sleep(_TICK_SECONDS)


async def _live() -> None:
    """Signs of life, as long as the loop turns."""
    pause = notify.watchdog()
    while pause is not None:
        notify.tell("WATCHDOG=1")
        await asyncio.sleep(pause)


async def _end(server: "Server", listener: socket.socket, *, signals: Signals, terms: Stop) -> None:
    await _until(lambda: signals.at_once, terms.notice)
    for it in server.servers:
        it.close()
    listener.close()
    state, clock = server.server_state, asyncio.get_running_loop().time
    shut_at = clock()

    def over() -> bool:
        _dismiss(server, even_new=clock() > shut_at + _LAST_SECONDS)
        return signals.at_once or not (state.connections or state.tasks)

    await _until(over, terms.grace)
    if state.connections or state.tasks:
        left = max(len(state.tasks), len(state.connections))
        log.warning("requests were cut off", extra={"count": left})
    await _cut(server)


async def _cut(server: "Server") -> None:
    for it in server.servers:
        it.close()
    state = server.server_state
    for connection in list(state.connections):
        connection.transport.abort()
    await _until(lambda: not state.tasks, _LAST_SECONDS)
    for task in list(state.tasks):
        task.cancel()
    await asyncio.gather(*state.tasks, return_exceptions=True)


def _dismiss(server: "Server", *, even_new: bool) -> None:
    """Ends connections that wait for nothing of ours, and the others after their answer.

    Who came in just before the door was closed may still be about to ask.
    """
    connections: list[Any] = list(server.server_state.connections)
    for connection in connections:
        if even_new or connection.cycle is not None:
            connection.shutdown()


async def _until(true: Callable[[], bool], seconds: float = inf) -> None:
    """Returns when it is true, or after `seconds`."""
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    for _ in count():
        if true() or clock() >= end:
            return
        await asyncio.sleep(_TICK_SECONDS / 2)
