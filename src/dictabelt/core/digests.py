"""Hashes of stored bytes, read piece by piece."""

import asyncio
import hashlib
from io import BufferedReader

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


def sha256_of_file(file: BufferedReader) -> str:
    """The same of a file that is read at once. Raises OSError."""
    return hashlib.file_digest(file, "sha256").hexdigest()
