"""Requests one at a time, each on a new connection: what comes is counted and let go."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from itertools import count
from time import perf_counter

from bench.meter import WrongAnswer
from bench.target import Server

_PATIENCE_SECONDS = 300
_ROOM = 256 * 1024
_GOLDEN = 0.6180339887498949


def rate(work: Callable[[], object], seconds: float) -> float:
    """How often a second the work was done, for so long, and once at least."""
    began = perf_counter()
    for done in count(1):
        work()
        if (elapsed := perf_counter() - began) >= seconds:
            return done / elapsed
    raise AssertionError


@contextmanager
def connected(server: Server) -> Iterator[HTTPConnection]:
    """A new connection. Raises WrongAnswer when it breaks, or what is asked on it."""
    connection = HTTPConnection(server.host, timeout=_PATIENCE_SECONDS)
    try:
        yield connection
    except (OSError, HTTPException) as error:
        raise WrongAnswer(f"{server.origin}: {error!r}") from error
    finally:
        connection.close()


def size(server: Server, path: str) -> int:
    """Bytes of what a link gives. Raises WrongAnswer."""
    with connected(server) as to_server:
        to_server.request("HEAD", path)
        answer = to_server.getresponse()
        answer.read()
    if answer.status != 200 or answer.length is None:
        raise WrongAnswer(f"{path} answered {answer.status}")
    return int(answer.headers["content-length"])


def whole(server: Server, path: str) -> int:
    """Reads all of it; how many bytes that were. Raises WrongAnswer."""
    with connected(server) as to_server:
        to_server.request("GET", path)
        answer = to_server.getresponse()
        wanted = answer.length
        came = _drained(answer)
    if answer.status != 200 or came != wanted:
        raise WrongAnswer(f"{path} answered {answer.status} with {came} of {wanted} bytes")
    return came


def part(server: Server, path: str, *, wanted: range) -> None:
    """Reads that range of it. Raises WrongAnswer."""
    span = f"{wanted.start}-{wanted.stop - 1}"
    with connected(server) as to_server:
        to_server.request("GET", path, headers={"Range": f"bytes={span}"})
        answer = to_server.getresponse()
        told, came = answer.headers["content-range"] or "", _drained(answer)
    if answer.status != 206 or came != len(wanted) or not told.startswith(f"bytes {span}/"):
        raise WrongAnswer(f"{path} answered {answer.status} with {came} bytes, {told!r}")


def middles(size: int, length: int) -> Iterator[range]:
    """Parts of the middle half, one far from the other, none of them twice."""
    length = min(length, size // 4)
    for number in count(1):
        first = size // 4 + int(number * _GOLDEN % 1 * (size // 2 - length))
        yield range(first, first + length)


def _drained(answer: HTTPResponse) -> int:
    room, came = bytearray(_ROOM), 0
    while got := answer.readinto(room):
        came += got
    return came
