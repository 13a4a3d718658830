"""Whether the process has been told to stop, and how."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """Seconds: between the word that it stops and the closing of the door, then for the rest."""

    notice: float = 1
    grace: float = 30


# To Ctrl-C: a person waits for the prompt.
_HASTY = Stop(notice=0, grace=1)


class Stopping:
    """Set by signals, read by readiness and by the server."""

    def __init__(self) -> None:
        self._signals: list[int] = []

    @property
    def begun(self) -> bool:
        """Whether the server is on its way down; no new client should be sent here."""
        return bool(self._signals)

    @property
    def at_once(self) -> bool:
        """Whether somebody has lost patience: a second signal."""
        return len(self._signals) > 1

    def ask(self, number: int) -> None:
        """Heeds one signal."""
        self._signals.append(number)

    def terms(self, stop: Stop) -> Stop:
        """How much time there is: `stop`, or hardly any after Ctrl-C."""
        return _HASTY if self._signals[:1] == [signal.SIGINT] else stop


@contextmanager
def heeding(stopping: Stopping) -> Iterator[None]:
    """SIGINT and SIGTERM ask the process to stop, for as long as the context lasts."""

    def heed(number: int, _: object) -> None:
        stopping.ask(number)

    before = {it: signal.signal(it, heed) for it in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for it, handler in before.items():
            signal.signal(it, handler)
