"""Notes how jobs end here, and how many wait."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from time import perf_counter
from typing import TypeVar

from dictabelt.core.errors import VaultError
from dictabelt.core.job import Leased, Queued
from dictabelt.core.packing import Unproved
from dictabelt.metrics.registry import Figures

Outcome = TypeVar("Outcome")
Handler = Callable[[Leased], Awaitable[Outcome]]


def noted(
    handlers: Mapping[str, Handler[Outcome]], figures: Figures
) -> dict[str, Handler[Outcome]]:
    """The same handlers; what they return is counted under the name of its class."""
    return {kind: _noted(kind, handler, figures=figures) for kind, handler in handlers.items()}


def _noted(kind: str, handler: Handler[Outcome], *, figures: Figures) -> Handler[Outcome]:
    work = figures.work
    # from the first scrape on: what is not there cannot be told from a process that is away
    for outcome in ("done", "again", "failed", "dropped"):
        work.ended.labels(kind, outcome)
    for state in ("due", "later"):
        work.waiting.labels(kind, state)
    work.oldest.labels(kind)

    async def noting(leased: Leased) -> Outcome:
        began, outcome = perf_counter(), "failed"
        try:
            done = await handler(leased)
            outcome = type(done).__name__.lower()
        except Unproved as error:
            outcome = "dropped"
            figures.failed(error, "job")
            raise
        except VaultError as error:
            figures.failed(error, "job")
            raise
        finally:
            work.ended.labels(kind, outcome).inc()
            work.seconds.labels(kind).observe(perf_counter() - began)
        return done

    return noting


def queued(found: Iterable[Queued], figures: Figures) -> None:
    """Sets the figures of the queue anew; kinds of which nothing is left are at zero."""
    work = figures.work
    left = {it.kind: it for it in found}
    for kind in {*left, *_known(figures)}:
        it = left.get(kind, Queued(kind, due=0, later=0, oldest_seconds=0))
        work.waiting.labels(kind, "due").set(it.due)
        work.waiting.labels(kind, "later").set(it.later)
        work.oldest.labels(kind).set(it.oldest_seconds)


def _known(figures: Figures) -> set[str]:
    samples = (one for it in figures.work.oldest.collect() for one in it.samples)
    return {one.labels["kind"] for one in samples}
