"""Reads stored bytes that must all be there."""

from dictabelt.core.ports import Blob


async def exactly(blob: Blob, start: int, *, length: int) -> bytes:
    """So many bytes from `start` on. Raises EOFError where there are fewer, and StorageFailed."""
    pieces: list[bytes] = []
    while length:
        piece = await blob.read(start, length)
        if not piece:
            raise EOFError
        pieces.append(piece)
        start += len(piece)
        length -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
