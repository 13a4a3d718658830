"""The work that nobody waits for."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from dictabelt.app.opening import Oversight
from dictabelt.app.serving import signer
from dictabelt.core.analyses import ANALYSE
from dictabelt.core.deliveries import DELIVER, Office
from dictabelt.core.events import PUBLISH
from dictabelt.core.job import Leased
from dictabelt.core.packing import PACK
from dictabelt.core.vault import Vault
from dictabelt.http.dialect import discover
from dictabelt.http.layout import PLAIN
from dictabelt.jobs.worker import Again, Done, Handler, Outcome, Worker
from dictabelt.metrics.work import noted
from dictabelt.settings import Settings


def office(vault: Vault, settings: Settings) -> Office:
    """Who writes and carries the letters of webhooks; links in them are for the first public URL.

    Without a public URL, for the address that the server listens on.
    """
    from dictabelt.jobs.post import HttpPost  # a tenth of a second, which few commands need

    dialects = discover()
    urls = signer(vault, settings, dialects=dialects)
    layouts = {it.name: it.layout or PLAIN for it in dialects}
    place = f"http://{settings.host}:{settings.port}"
    base = settings.public_urls[0] if settings.public_urls else place
    return Office(
        correspondents={it.name: it.correspondent for it in dialects if it.correspondent},
        post=HttpPost(settings.webhook_networks),
        base=base,
        sign=lambda link, dialect: urls.sign(link, base, layout=layouts[dialect]),
    )


def _worker(
    vault: Vault, handlers: dict[str, Handler], *, slots: int, seen: Oversight | None
) -> Worker:
    return Worker(vault.jobs, noted(handlers, seen.figures) if seen else handlers, slots=slots)


def carrier(vault: Vault, settings: Settings, *, seen: Oversight | None = None) -> Worker:
    """Tells others what happened in an opened vault."""
    own = office(vault, settings)

    async def publish(leased: Leased) -> Outcome:
        await vault.deliveries.publish(leased, own)
        return Done()

    async def deliver(leased: Leased) -> Outcome:
        pause = await vault.deliveries.deliver(leased, own)
        return Done() if pause is None else Again(pause)

    handlers: dict[str, Handler] = {PUBLISH: publish, DELIVER: deliver}
    return _worker(vault, handlers, slots=settings.webhook_slots, seen=seen)


def listener(vault: Vault, seen: Oversight | None = None) -> Worker:
    """Listens to what came into an opened vault, and packs it when there is time.

    One at a time, as players need the processor.
    """

    async def analyse(leased: Leased) -> Outcome:
        await vault.analyses.run(leased)
        return Done()

    async def pack(leased: Leased) -> Outcome:
        pause = await vault.packing.run(leased)
        return Done() if pause is None else Again(pause)

    return _worker(vault, {ANALYSE: analyse, PACK: pack}, slots=1, seen=seen)


def workers(
    vault: Vault, settings: Settings, *, seen: Oversight | None = None
) -> tuple[Worker, ...]:
    """All that do the background work of an opened vault."""
    return carrier(vault, settings, seen=seen), listener(vault, seen)


KINDS = (PUBLISH, DELIVER, ANALYSE, PACK)
"""Of background work."""


def working(
    vault: Vault, settings: Settings, *, seen: Oversight | None = None
) -> AbstractAsyncContextManager[None]:
    """Background work goes on for as long as the context lasts."""
    return _at_work(workers(vault, settings, seen=seen))


def working_for_others(
    vault: Vault, settings: Settings, *, kinds: Collection[str], seen: Oversight | None = None
) -> AbstractAsyncContextManager[None]:
    """As `working`, for a process that does nothing but jobs of these kinds."""
    every = workers(vault, settings, seen=seen)
    return _at_work([it for it in every if it.serve_others(kinds)])


@asynccontextmanager
async def _at_work(workers: Iterable[Worker]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(it.run()) for it in workers]
    try:
        yield
    finally:
        for it in tasks:
            it.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
