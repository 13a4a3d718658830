"""A last-in-first-out pool: opens one more when none is idle, keeps a few."""

from collections.abc import Callable
from typing import Generic, TypeVar

from dictabelt.core.errors import StorageFailed

T = TypeVar("T")


class Idle(Generic[T]):
    """Keeps `most` of what `make` makes; the others are closed when they come back."""

    def __init__(self, make: Callable[[], T], close: Callable[[T], None], *, most: int) -> None:
        self._make = make
        self._close = close
        self._most = most
        self._kept: list[T] = []
        self._closed = False

    def take(self) -> T:
        """Raises StorageFailed when closed, or what `make` raises."""
        self.demand_open()
        return self._kept.pop() if self._kept else self._make()

    def give(self, it: T) -> None:
        """Takes back what nobody uses any more."""
        if self._closed or len(self._kept) >= self._most:
            self._close(it)
        else:
            self._kept.append(it)

    def demand_open(self) -> None:
        """Raises StorageFailed when closed."""
        if self._closed:
            raise StorageFailed("the database is closed")

    def close(self) -> None:
        """Closes the idle ones now, the others when they come back."""
        self._closed = True
        while self._kept:
            self._close(self._kept.pop())
