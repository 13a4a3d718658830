"""Parts of a file that was just sent from, sent again while it is still open."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.types import Scope

from dictabelt.core.ports import Bytes, Stretch
from dictabelt.http.again import Asked, Made, is_wanted
from dictabelt.http.ranges import Span

_MOST: Final = 1024 * 1024
_STAY: Final = "stay"


@dataclass(slots=True)
class Shelf:
    """Room for so many more files that stay open."""

    room: int = 100


@dataclass(frozen=True, slots=True)
class Stay:
    """Media that is the same until a row changes, for as long as the clock `holds` it good."""

    holds: Callable[[datetime], bool]
    shelf: Shelf


def may_stay(scope: Scope, it: Stay) -> None:
    """Lets whoever sends the media keep its file open."""
    if is_wanted(scope):
        scope[_STAY] = it


def stay_of(scope: Scope) -> Stay | None:
    """What `may_stay` said, where there is room."""
    found: Stay | None = scope.get(_STAY)
    return None if found is None or found.shelf.room < 1 else found


class Part:
    """What lies from `start` on, of which the first byte `lies` in a file; owns the blob.

    All that is behind that byte lies behind it in the file, too.
    """

    def __init__(self, blob: Bytes, lies: Stretch, *, start: int, size: int, stay: Stay) -> None:
        self._blob: Bytes | None = blob
        self._file = lies.file
        self._shift = lies.offset - start
        self._start = start
        self._size = size
        self._stay = stay
        stay.shelf.room -= 1

    def make(
        self, now: datetime, asked: Asked | None, *, head: Callable[[Span], bytes]
    ) -> Made | None:
        """The part that is asked for; None for none, for a long one, and once closed."""
        if asked is None or self._blob is None or not self._stay.holds(now):
            return None
        first, last = asked
        end = self._size if last is None else min(last + 1, self._size)
        if not self._start <= first < end <= first + _MOST:
            return None
        offset = first + self._shift
        return Made(206, head((first, end)), file=self._file, offset=offset, count=end - first)

    def rest(self) -> None:
        """Closes the file."""
        blob, self._blob = self._blob, None
        if blob is None:
            return
        self._stay.shelf.room += 1
        try:
            blob.close().send(None)
        except StopIteration:
            return
