"""Who wants to know how far long work is."""

from typing import Protocol


class Watch(Protocol):
    """Hears of work to come and of work that is done, in files and bytes."""

    def expect(self, files: int, bytes: int) -> None:
        """So much there is in all."""

    def done(self, bytes: int) -> None:
        """One more file, of so many bytes."""


class RowWatch(Protocol):
    """The same of rows."""

    def expect(self, rows: int) -> None:
        """So many there are in all."""

    def add(self, count: int) -> None:
        """So many more are done."""
