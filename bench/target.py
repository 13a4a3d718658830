"""What is asked over and over: a question, and the answer that proved to be the right one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

from bench.meter import WrongAnswer

_PATIENCE_SECONDS = 30

Right = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server listens on loopback, and its process."""

    port: int
    id: int

    @property
    def host(self) -> str:
        """Address and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def origin(self) -> str:
        """The base URL."""
        return f"http://{self.host}"


@dataclass(frozen=True, slots=True)
class Question:
    """A request, and how its right answer is known; `path` has the query in it.

    Where it is `unlike`, each has a number in its head, so that no two are the same.
    `others` are paths that are asked in turn after it, and have as long an answer.
    """

    path: str
    right: Right
    status: int = 200
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    unlike: bool = False
    others: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A question that a server has answered rightly, with so many bytes of body."""

    server: Server
    question: Question
    length: int

    def wire(self) -> bytes:
        """The request in HTTP/1.1, the connection kept."""
        return self._wire(self.question.path)

    def others(self) -> tuple[bytes, ...]:
        """The requests that are made in turn after it."""
        return tuple(self._wire(it) for it in self.question.others)

    def _wire(self, path: str) -> bytes:
        it = self.question
        own = {"Host": self.server.host, **it.headers}
        if it.body:
            own["Content-Length"] = str(len(it.body))
        lines = [f"{it.method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in own.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + it.body


def holding(*wanted: bytes) -> Right:
    """Whether all of these are in a body."""
    return lambda body: all(it in body for it in wanted)


def proven(server: Server, question: Question) -> Target:
    """The target, once one answer has been read whole. Raises WrongAnswer."""
    connection = HTTPConnection(server.host, timeout=_PATIENCE_SECONDS)
    it = question
    try:
        connection.request(it.method, it.path, it.body or None, {**it.headers})
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, HTTPException) as error:
        raise WrongAnswer(f"{server.origin}{it.path}: {error!r}") from error
    finally:
        connection.close()
    if answer.status != it.status or not it.right(body):
        raise WrongAnswer(f"{it.path} answered {answer.status} {body[:200]!r}")
    return Target(server, question, len(body))
