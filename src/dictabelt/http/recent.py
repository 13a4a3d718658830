"""What was found out lately, by what was asked; never more than so much of it."""

from collections.abc import Hashable
from typing import Generic, TypeVar

Asked = TypeVar("Asked", bound=Hashable)
Found = TypeVar("Found")


class Recent(Generic[Asked, Found]):
    """The newest `most` findings; what is looked up counts as new."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: dict[Asked, Found] = {}

    def get(self, asked: Asked) -> Found | None:
        found = self._found.pop(asked, None)
        if found is not None:
            self._found[asked] = found
        return found

    def put(self, asked: Asked, found: Found) -> None:
        self._found.pop(asked, None)
        self._found[asked] = found
        if len(self._found) > self._most:
            del self._found[next(iter(self._found))]
