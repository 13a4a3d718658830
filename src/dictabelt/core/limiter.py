"""A limiter that refuses at once and says when to come back."""

from collections.abc import Iterator
from contextlib import contextmanager

from dictabelt.core.errors import TooBusy


class Limiter:
    """At most `slots` at once."""

    def __init__(self, slots: int, *, retry_after: int) -> None:
        self._slots = self._free = slots
        self._retry_after = retry_after

    @property
    def idle(self) -> bool:
        """Whether nobody holds a slot."""
        return self._free == self._slots

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Holds one slot. Raises TooBusy when none is free."""
        if self._free < 1:
            raise TooBusy("every encoder is at work", retry_after=self._retry_after)
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
