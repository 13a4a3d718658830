"""Hashes of stored bytes, read piece by piece."""

import asyncio
import hashlib

from dictabelt.core.ports import Bytes

_PIECE = 1024 * 1024


async def sha256_of(blob: Bytes) -> str:
    """The hex SHA-256 of all of it; closes it. Raises StorageFailed."""
    digest, offset = hashlib.sha256(), 0
    try:
        while piece := await blob.read(offset, _PIECE):
            await asyncio.to_thread(digest.update, piece)
            offset += len(piece)
    finally:
        await blob.close()
    return digest.hexdigest()
