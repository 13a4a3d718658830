"""The HTTP server in the command's own event loop: bound first, ready when it answers."""

import asyncio
import errno
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dictabelt.cli.exits import Exit, Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp
    from uvicorn import Server

    from dictabelt.settings import Settings

_BACKLOG = 2048
# After Ctrl-C, downloads get this long to end.
_GRACE_SECONDS = 1
_PROBE = b"HEAD /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def bound(host: str, port: int) -> socket.socket:
    """A listening socket, so that nobody else gets the port. Raises Problem with the fix."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        listener = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except socket.gaierror as error:
        raise Problem(
            f"no host {host!r} is known; choose another with --host", Exit.PORT
        ) from error
    except OSError as error:
        raise Problem(_fix(error, host, port=port), Exit.PORT) from error
    # Head and body of a small answer are two writes: with Nagle's algorithm the second waits
    # 40 ms for the client's delayed ACK. asyncio forgets this for sockets made elsewhere.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def placed(settings: "Settings", listener: socket.socket) -> "Settings":
    """The settings with the port that was really bound, where they say 0."""
    return settings.model_copy(update={"port": listener.getsockname()[1]})


async def answer(
    app: "ASGIApp",
    listener: socket.socket,
    *,
    proxies: Sequence[str],
    ready: Callable[[], Awaitable[None]],
) -> None:
    """Serves until SIGINT or SIGTERM; `ready` runs once, when the server answers.

    What X-Forwarded-For and X-Forwarded-Proto say is believed of `proxies` alone.
    """
    import uvicorn

    config = uvicorn.Config(
        app,
        http="auto",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Left out, uvicorn believes whoever calls from this machine.
        forwarded_allow_ips=list(proxies),
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    with _stopping(server):
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            if await _answers(listener):
                await ready()
            await serving
        finally:
            server.should_exit = True
            await asyncio.wait((serving,))


def fast_loop() -> asyncio.AbstractEventLoop:
    """uvloop's event loop where there is uvloop, else asyncio's."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


@contextmanager
def _stopping(server: "Server") -> Iterator[None]:
    """Keeps the signals harmless that uvicorn raises again once it has obeyed them."""

    def stop(*_: object) -> None:
        server.should_exit = True

    before = {it: signal.signal(it, stop) for it in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for it, handler in before.items():
            signal.signal(it, handler)


async def _answers(listener: socket.socket) -> bool:
    """Whether the server answers; False when it was stopped before it could."""
    host, port = listener.getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    try:
        reader, writer = await asyncio.open_connection(reachable, port)
        writer.write(_PROBE)
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
    except OSError:
        return False
    return b" 200 " in line


def _fix(error: OSError, host: str, *, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use; choose another with --port N (0 takes any that is free)"
    if error.errno == errno.EACCES:
        return f"port {port} is for the system alone; choose one above 1023 with --port N"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; choose another with --host"
    return f"{host} port {port}: {error.strerror}; choose others with --host and --port"
