"""The words for what a network refuses: short, and without what a letter holds."""

import os
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from types import MappingProxyType
from typing import Final

import httpx2

from dictabelt.core.webhook import Patience

_WORDS: Final = MappingProxyType(
    {
        httpx2.RemoteProtocolError: "the receiver's answer is not HTTP, or it broke off",
        httpx2.LocalProtocolError: "the letter cannot be written as HTTP",
        httpx2.ConnectError: "no connection",
        httpx2.NetworkError: "the connection broke off",
    }
)


def reason(error: Exception, patience: Patience) -> str:
    """Why an attempt has no status, for `Receipt.error`."""
    late = _late(error, patience)
    if late:
        return late
    for it in _chain(error):
        if isinstance(it, ssl.SSLCertVerificationError):
            return f"certificate verify failed: {it.verify_message}"
        if isinstance(it, ssl.SSLError):
            return f"TLS failed: {(it.reason or 'handshake').lower().replace('_', ' ')}"
        if isinstance(it, socket.gaierror | UnicodeError):
            return "the host name cannot be resolved"
        if isinstance(it, OSError) and it.errno:
            return os.strerror(it.errno).lower()
    return next((words for kind, words in _WORDS.items() if isinstance(error, kind)), "not sent")


def _late(error: Exception, patience: Patience) -> str | None:
    if isinstance(error, httpx2.ConnectTimeout):
        return f"connecting timed out after {_seconds(patience.connect)}"
    if isinstance(error, httpx2.TimeoutException):
        return f"timed out: nothing came for {_seconds(patience.read)}"
    if isinstance(error, TimeoutError) and not error.errno:
        return f"timed out after {_seconds(patience.total)}"
    return None


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():g} s"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what led to it; the client wraps the system's own twice."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
