"""Parts of a file that was just sent from, sent again while it is still open."""

from collections.abc import Callable
from datetime import datetime

from dictabelt.core.ports import Bytes, Stretch
from dictabelt.http.again import Asked, Holds, Made
from dictabelt.http.ranges import Span

_MOST = 1024 * 1024


class Part:
    """What lies from `start` on, of which the first byte `lies` in a file; owns the blob."""

    def __init__(
        self, blob: Bytes, lies: Stretch, *, start: int, size: int, head: Callable[[Span], bytes]
    ) -> None:
        self._blob: Bytes | None = blob
        self._file = lies.file
        self._shift = lies.offset - start
        self._start = start
        self._size = size
        self._head = head

    def make(self, holds: Holds, now: datetime, asked: Asked | None) -> Made | None:
        """The part that is asked for; None for none, for a long one, and once closed."""
        if asked is None or self._blob is None or not holds(now):
            return None
        first, last = asked
        end = self._size if last is None else min(last + 1, self._size)
        if not self._start <= first < end <= first + _MOST:
            return None
        head = self._head((first, end))
        return Made(206, head, file=self._file, offset=first + self._shift, count=end - first)

    def rest(self) -> None:
        """Closes the file."""
        blob, self._blob = self._blob, None
        if blob is None:
            return
        try:
            blob.close().send(None)
        except StopIteration:
            return
