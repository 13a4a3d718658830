"""Where the HTTP server listens, and what the settings ask of it."""

import asyncio
import errno
import socket
from typing import TYPE_CHECKING

from dictabelt.cli.exits import Exit, Problem

if TYPE_CHECKING:
    from dictabelt.server.answering import House
    from dictabelt.settings import Settings

_BACKLOG = 2048


def listening(settings: "Settings") -> socket.socket:
    """systemd's socket where there is one, else one of our own. Raises as `bound`."""
    from dictabelt.server import notify

    return notify.given() or bound(settings.host, settings.port)


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
    return listener


def placed(settings: "Settings", listener: socket.socket) -> "Settings":
    """The settings with the port that was really bound; theirs may be 0."""
    if listener.family == socket.AF_UNIX:
        return settings
    return settings.model_copy(update={"port": listener.getsockname()[1]})


def house(settings: "Settings") -> "House":
    """How the settings want clients to be treated."""
    from dictabelt.server.answering import House
    from dictabelt.server.deadlines import Deadlines
    from dictabelt.server.stopping import Stop

    return House(
        proxies=[str(it) for it in settings.trusted_proxies],
        deadlines=Deadlines(
            header=settings.header_seconds,
            body=settings.body_seconds,
            write=settings.write_seconds,
            idle=settings.idle_seconds,
            connections=settings.connections,
        ),
        stop=Stop(notice=settings.notice_seconds, grace=settings.stop_seconds),
    )


def fast_loop() -> asyncio.AbstractEventLoop:
    """uvloop's event loop where there is uvloop, else asyncio's."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _fix(error: OSError, host: str, *, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use; choose another with --port N (0 takes any that is free)"
    if error.errno == errno.EACCES:
        return f"port {port} is for the system alone; choose one above 1023 with --port N"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; choose another with --host"
    return f"{host} port {port}: {error.strerror}; choose others with --host and --port"
