"""What was found out lately, by what was asked; never more than so much of it."""

from collections.abc import Hashable
from typing import Generic, TypeVar

Asked = TypeVar("Asked", bound=Hashable)
Found = TypeVar("Found")


class Recent(Generic[Asked, Found]):
    """The last `most` findings."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: dict[Asked, Found] = {}
        self.get = self._found.get

    def put(self, asked: Asked, found: Found) -> None:
        """In place of what was found before; the oldest finding may go for it."""
        self._found.pop(asked, None)
        self._found[asked] = found
        if len(self._found) > self._most:
            del self._found[next(iter(self._found))]
