"""Letters, how long they wait, and the senders and names of the tests."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_network
from types import MappingProxyType

import pytest

from dictabelt.core.webhook import Letter, Patience
from dictabelt.jobs.post import HttpPost

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
LONG = Patience(timedelta(seconds=10), timedelta(seconds=10), timedelta(seconds=10))
AGES = Patience(timedelta(hours=1), timedelta(hours=1), timedelta(hours=1))
HASTY = Patience(timedelta(seconds=10), timedelta(milliseconds=40), timedelta(seconds=10))
BRIEF = Patience(timedelta(seconds=10), timedelta(seconds=10), timedelta(milliseconds=60))


class Names:
    """A resolver that gives its next answer each time, and counts."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str) -> tuple[str, ...]:
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


def local(*answers: str) -> HttpPost:
    """A sender that may go to loopback, where every name leads."""
    return HttpPost(LOOPBACK, resolve=Names(answers or ("127.0.0.1",)))


def letter(
    url: str, headers: Mapping[str, str] = MappingProxyType({}), *, body: bytes = b"a=1"
) -> Letter:
    return Letter("POST", url, headers, body)


@contextmanager
def nobody_comes() -> Iterator[int]:
    """The port of a socket that listens on every address, and has no visitor at the end."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listening:
        yield listening.getsockname()[1]
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()
