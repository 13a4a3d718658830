"""Has the server send what lies in a file, where it can (ASGI's `http.response.zerocopysend`)."""

import asyncio
from typing import Final

from starlette.types import Message, Scope, Send

from dictabelt.core.damage import Damage
from dictabelt.core.errors import Damaged, StorageFailed
from dictabelt.core.ports import Bytes, Lay, Stretch, lay_of
from dictabelt.http.bodies import CHUNK, Reply, Step, read

EXTENSION: Final = "http.response.zerocopysend"
_PIECE: Final = 1024 * 1024
# So much is read and sent in one go at less cost than a head and a stretch, each for itself.
_SMALL: Final = 64 * 1024


def way(blob: Bytes, reply: Reply, *, scope: Scope) -> Lay | None:
    """How to find in a file what is to be sent; None where it is to be read.

    A body of several parts must be: what stands between them is in no file.
    """
    span = reply.span
    if span is None or span[1] - span[0] <= _SMALL:
        return None
    return lay_of(blob) if EXTENSION in (scope.get("extensions") or ()) else None


async def pass_on(blob: Bytes, reply: Reply, *, lay: Lay, send: Send) -> None:
    """The whole reply; ends early when the client hangs up. Raises StorageFailed as `stream`."""
    assert reply.span is not None
    offset, stop = reply.span
    # After the first look, so that failing to is a clean refusal.
    stretch = await lay(offset, min(_PIECE, stop - offset))
    await send({**reply.head, "corked": stretch is not None})
    while True:
        length = min(CHUNK if stretch is None else _PIECE, stop - offset)
        more = offset + length < stop
        if stretch is None:
            body = await read(blob, Step(b"", offset, length))
            await send({"type": "http.response.body", "body": body, "more_body": more})
        elif not await _sent(stretch, length, more=more, send=send):
            return
        if not more:
            return
        offset += length
        await asyncio.sleep(0)  # other requests run: neither looking nor sending need ever wait
        stretch = await lay(offset, min(_PIECE, stop - offset))


async def _sent(stretch: Stretch, count: int, *, more: bool, send: Send) -> bool:
    """Whether there is still somebody to send to."""
    message: Message = {
        "type": EXTENSION,
        "file": stretch.file,
        "offset": stretch.offset,
        "count": count,
        "more_body": more,
    }
    try:
        await send(message)
    except ConnectionError:
        return False
    except EOFError as end:
        raise Damaged("the stored bytes end before their length", Damage.SHORT) from end
    except OSError as error:
        raise StorageFailed("the stored bytes cannot be read; check the disk") from error
    return True
