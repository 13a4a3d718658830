"""Where a letter goes, read from its URL, and the header lines that it goes with."""

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

import httpx2

from dictabelt import __version__
from dictabelt.core.webhook import Letter
from dictabelt.jobs.addresses import Refused

# RFC 9110, sections 5.1 and 5.5; a line break in either would be a header of somebody's own.
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# Two opinions about where the body ends are a second request to some receiver.
_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Destination:
    """A receiver: `host` is a name or an address as it was spelled, `authority` the Host header.

    `target` is path and query. `credentials` are an Authorization header's value.
    """

    scheme: str
    host: str
    port: int | None
    authority: str
    target: bytes
    credentials: str | None


def destination(url: str) -> Destination:
    """Reads a receiver's URL; its fragment stays here. Raises Refused."""
    try:
        read = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError):
        # Their words quote the URL, which may hold a password.
        raise Refused("the URL is not valid") from None
    if read.scheme not in ("http", "https"):
        raise Refused("the URL needs http:// or https://")
    if not read.raw_host:
        raise Refused("the URL has no host")
    if read.port is not None and not 1 <= read.port <= 65535:
        raise Refused("the URL's port is not between 1 and 65535")
    return Destination(
        scheme=read.scheme,
        host=read.raw_host.decode("ascii"),
        port=read.port,
        authority=read.netloc.decode("ascii"),
        target=read.raw_path,
        credentials=_basic(read.username, read.password) if read.userinfo else None,
    )


def header_lines(letter: Letter, where: Destination) -> list[tuple[bytes, bytes]]:
    """The letter's headers as they are, after those of ours that it does not have.

    Raises Refused, naming the header but never its value, which may be a secret.
    """
    ours = {
        "Host": where.authority,
        "User-Agent": f"dictabelt/{__version__}",
        "Accept": "*/*",
        "Connection": "close",
        **({"Authorization": where.credentials} if where.credentials else {}),
    }
    theirs = {it.lower() for it in letter.headers}
    kept = {name: value for name, value in ours.items() if name.lower() not in theirs}
    lines = [*kept.items(), *letter.headers.items()]
    return [_line(name, value) for name, value in lines]


def _line(name: str, value: str) -> tuple[bytes, bytes]:
    if not _NAME.fullmatch(name):
        raise Refused(f"{name!a} cannot be the name of a header")
    if name.lower() in _FRAMING:
        raise Refused(f"the header {name} is the sender's to write")
    if not _VALUE.fullmatch(value):
        raise Refused(f"the header {name} has a line break or a character outside Latin-1")
    return name.encode("ascii"), value.strip(" \t").encode("latin-1")


def _basic(user: str, password: str) -> str:
    """RFC 7617, section 2."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")
