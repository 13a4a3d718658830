"""Bytes in memory that are read as a store's are."""


class Held:
    """A blob in memory that counts what is read of it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.read_bytes = 0
        self.closed = False

    @property
    def size(self) -> int:
        return len(self._data)

    async def read(self, offset: int, length: int) -> bytes:
        found = self._data[offset : offset + min(length, 65_536)]
        self.read_bytes += len(found)
        return found

    async def close(self) -> None:
        self.closed = True
