"""The file object that `fill` hands to a writer in a thread."""

import io
from types import TracebackType
from typing import Final, Self

from dictabelt.blobs.aside import Aside

BATCH: Final = 1 << 20


class StoppedError(Exception):
    """Nobody waits for these bytes any more; the writer is to give up."""


class Sink:
    """Append-only; gathers `batch` bytes first. Writes raise StoppedError or StorageFailed."""

    def __init__(self, aside: Aside, batch: int = BATCH) -> None:
        self._aside = aside
        self._batch = batch
        self._held = bytearray()
        self._flushed = 0
        self._stopped = False

    def stop(self) -> None:
        """Makes the next write raise; may be called from another thread."""
        self._stopped = True

    def rest(self) -> bytearray:
        """What no write has passed on yet."""
        return self._held

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Takes all of `data`; returns its size in bytes."""
        if self._stopped:
            raise StoppedError("the bytes are no longer wanted")
        if self._aside.failure is not None:
            raise self._aside.failure
        before = len(self._held)
        self._held += data
        size = len(self._held) - before
        if len(self._held) >= self._batch:
            self._aside.write(self._held)
            self._flushed += len(self._held)
            self._held = bytearray()
        return size

    def tell(self) -> int:
        """How many bytes were written."""
        return self._flushed + len(self._held)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Raises UnsupportedOperation: what is hashed already cannot be rewritten."""
        raise io.UnsupportedOperation(f"seek to {offset} ({whence}): the file is append-only")

    def flush(self) -> None:
        """Nothing to do: `fill` syncs once, at the end."""

    def close(self) -> None:
        """Nothing to do: `fill` closes."""

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
