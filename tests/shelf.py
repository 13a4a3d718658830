"""Media on real files behind a real server, or asked without one."""

import asyncio
import hashlib
import os
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesParser
from pathlib import Path
from random import Random
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from dictabelt.core.errors import StorageFailed
from dictabelt.http.media import Servable

WRITTEN_AT = datetime(2026, 1, 31, 12, 0, 0, 5, tzinfo=UTC)
LAST_MODIFIED = "Sat, 31 Jan 2026 12:00:00 GMT"
GIB = 2**30


@dataclass
class FileBlob:
    """Bytes of a real file; `most` makes reads short, `fails_at` fails those from there on."""

    path: Path
    size: int
    most: int = 2**40
    fails_at: int = 2**40
    lengths: list[int] = field(default_factory=list)
    opened: int = 0
    closed: threading.Event = field(default_factory=threading.Event)

    async def open(self) -> "FileBlob":
        self.opened += 1
        return self

    async def read(self, offset: int, length: int) -> bytes:
        assert not self.closed.is_set()
        if offset >= self.fails_at:
            raise StorageFailed("input/output error")
        self.lengths.append(length)
        with self.path.open("rb") as file:
            return os.pread(file.fileno(), min(length, self.most), offset)

    async def close(self) -> None:
        assert not self.closed.is_set()
        self.closed.set()


def servable(blob: FileBlob, data: bytes = b"", **fields: Any) -> Servable:
    known: dict[str, Any] = {
        "content_type": "audio/wav",
        "size": blob.size,
        "etag": hashlib.sha256(data).hexdigest(),
        "name": "call.wav",
        "last_modified": WRITTEN_AT,
        "open": blob.open,
    }
    return Servable(**(known | fields))


@dataclass
class Shelf:
    """A server on loopback and what it serves, one media a path."""

    url: str
    folder: Path
    library: dict[str, Servable] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.library[scope["path"]](scope, receive, send)

    def put(self, data: bytes, **fields: Any) -> str:
        path = self.folder / f"{len(self.library)}.bin"
        path.write_bytes(data)

        async def fresh() -> FileBlob:
            return FileBlob(path, len(data))

        return self.keep(servable(FileBlob(path, len(data)), data, **({"open": fresh} | fields)))

    def keep(self, media: Servable) -> str:
        place = f"/{len(self.library)}"
        self.library[place] = media
        return self.url + place


def noise(size: int, seed: int = 1) -> bytes:
    return Random(seed).randbytes(size)


def parts_of(content_type: str, body: bytes) -> list[tuple[str, bytes]]:
    """Content-Range and bytes of each part, read as RFC 9110 section 14.6 lays them out."""
    boundary = re.fullmatch(r"multipart/byteranges; boundary=([0-9a-f]+)", content_type)
    assert boundary is not None
    opening = b"\r\n--" + boundary[1].encode()
    found = []
    while not body.startswith(opening + b"--\r\n"):
        assert body.startswith(opening + b"\r\n")
        head, _, rest = body.removeprefix(opening + b"\r\n").partition(b"\r\n\r\n")
        fields = BytesParser().parsebytes(head)
        assert fields["Content-Type"] == "audio/wav"
        placed = re.fullmatch(r"bytes (\d+)-(\d+)/\d+", fields["Content-Range"])
        assert placed is not None
        length = int(placed[2]) - int(placed[1]) + 1
        found.append((fields["Content-Range"], rest[:length]))
        body = rest[length:]
    assert body == opening + b"--\r\n"
    return found


@dataclass
class Exchange:
    """One request put straight to the application, and what came of it."""

    messages: list[Message]

    @property
    def head(self) -> tuple[int, dict[bytes, bytes]]:
        return self.messages[0]["status"], dict(self.messages[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(it["body"] for it in self.messages[1:])


def asked(
    media: Servable,
    method: str = "GET",
    headers: Sequence[tuple[bytes, bytes]] = (),
    *,
    receive: Receive | None = None,
    send: Callable[[Message], None] = lambda _: None,
) -> Exchange:
    exchange = Exchange([])

    async def keep(message: Message) -> None:
        send(message)
        exchange.messages.append(message)

    async def silence() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def ask() -> None:
        scope = {"type": "http", "method": method, "path": "/", "headers": headers}
        await media(scope, receive or silence, keep)

    asyncio.run(ask())
    return exchange
