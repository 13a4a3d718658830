"""Tells systemd how the service is, by its datagrams (sd_notify(3))."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

SOCKET = "NOTIFY_SOCKET"
_SAID = (SOCKET, "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
_FIRST = 3


def tell(word: str) -> None:
    """Sends `READY=1` and the like to whoever started us, if he listens."""
    address = os.environ.get(SOCKET)
    if not address:
        return
    # an address that begins with @ is in Linux's abstract namespace, which has no file
    place = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
        own.sendto(word.encode(), place)


def watchdog() -> float | None:
    """Seconds between two signs of life, half of what is allowed; None when none is asked for."""
    allowed, whose = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID")
    if not allowed.isdecimal() or whose not in (None, str(os.getpid())):
        return None
    return int(allowed) / 2_000_000


def without(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment for our own children: what systemd said was said to us alone."""
    return {it: value for it, value in environment.items() if it not in _SAID}


def given() -> socket.socket | None:
    """The socket that systemd listens on for us (sd_listen_fds(3)); None when there is none."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    return socket.socket(fileno=_FIRST) if os.environ.get("LISTEN_FDS") == "1" else None
