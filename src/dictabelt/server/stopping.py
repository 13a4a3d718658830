"""What signals have asked of the process, and how much time there is to obey."""

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


class Signals:
    """SIGINT and SIGTERM, as they came; and how often SIGHUP did."""

    def __init__(self) -> None:
        self.ends: list[int] = []
        self.hangups = 0

    @property
    def begun(self) -> bool:
        """Whether the process is on its way down."""
        return bool(self.ends)

    @property
    def at_once(self) -> bool:
        """Whether somebody has lost patience: a second signal."""
        return len(self.ends) > 1

    def terms(self, stop: Stop) -> Stop:
        """How much time there is: `stop`, or hardly any after Ctrl-C."""
        return _HASTY if self.ends[:1] == [signal.SIGINT] else stop


@contextmanager
def heeded() -> Iterator[Signals]:
    """SIGINT and SIGTERM are collected, for as long as the context lasts."""
    signals = Signals()
    with _handled(lambda number, _: signals.ends.append(number), signal.SIGINT, signal.SIGTERM):
        yield signals


@contextmanager
def heeded_by_parent() -> Iterator[Signals]:
    """As `heeded`, and SIGHUP."""

    def hang_up(*_: object) -> None:
        signals.hangups += 1

    with heeded() as signals, _handled(hang_up, signal.SIGHUP):
        yield signals


@contextmanager
def _handled(handler: "signal._HANDLER", *numbers: signal.Signals) -> Iterator[None]:
    before = {it: signal.signal(it, handler) for it in numbers}
    try:
        yield
    finally:
        for it, own in before.items():
            signal.signal(it, own)
