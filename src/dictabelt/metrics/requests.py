"""Notes every request at its end."""

from collections.abc import Callable

from dictabelt.http.trace import Trace
from dictabelt.metrics.registry import Figures


class RequestFigures:
    """Implements `http.trace.Watch`; finds the figures of a kind of request once."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._ends: dict[tuple[object, ...], Callable[[], None]] = {}
        self._sizes: dict[tuple[str, str], _Sizes] = {}

    def ended(self, it: Trace) -> None:
        """Counts it, its bytes and its time."""
        kind = (it.dialect, it.verb, it.endpoint, it.outcome, it.code)
        end = self._ends.get(kind)
        if end is None:
            counter = self._figures.requests.total.labels(*kind)
            end = self._ends[kind] = counter.inc
        end()
        place = (it.dialect, it.endpoint)
        sizes = self._sizes.get(place)
        if sizes is None:
            sizes = self._sizes[place] = _Sizes(self._figures, place)
        sizes.note(it)
        if it.received:
            self._figures.requests.received.labels(*place).inc(it.received)
        if it.refusal is not None:
            self._refused(it, it.refusal)

    def _refused(self, it: Trace, refusal: Exception) -> None:
        self._figures.requests.refusals.labels(it.dialect, type(refusal).__name__).inc()
        self._figures.failed(refusal, "request")


class _Sizes:
    """Time and bytes at one endpoint."""

    __slots__ = ("_seconds", "_sent")

    def __init__(self, figures: Figures, place: tuple[str, str]) -> None:
        requests = figures.requests
        self._seconds = requests.seconds.labels(*place)
        self._sent = requests.sent.labels(*place)

    def note(self, it: Trace) -> None:
        self._seconds.observe(it.seconds)
        self._sent.inc(it.sent)
