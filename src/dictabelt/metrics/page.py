"""The front at /metrics: for the networks that may read it, not there for anybody else."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.errors import StorageFailed
from dictabelt.core.networks import within
from dictabelt.core.ports import Jobs
from dictabelt.http.dialect import NoSuchPath
from dictabelt.http.health import Ready
from dictabelt.metrics.registry import Figures
from dictabelt.metrics.work import queued

_PATIENCE_SECONDS = 2
_THIS_MACHINE = ("127.0.0.0/8", "::1/128")
# Whoever comes through a proxy that is not trusted looks like the proxy, often like loopback.
_THROUGH_A_PROXY = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the figures come from that are asked for only when somebody reads them."""

    jobs: Jobs
    ready: Ready
    free: Callable[[], Awaitable[int]]


class Metrics:
    """This process's figures, as Prometheus or OpenMetrics text.

    This machine may read them, and `networks` beside it.
    """

    def __init__(self, figures: Figures, sources: Sources, *, networks: Iterable[str]) -> None:
        self._figures = figures
        self._sources = sources
        self._networks = (*_THIS_MACHINE, *networks)
        self._looking: asyncio.Task[None] | None = None

    async def __call__(self, request: Request) -> ASGIApp:
        """Raises NoSuchPath to whoever may not read it."""
        wanted = request.scope["path"] == "/metrics" and request.method in ("GET", "HEAD")
        if not wanted or not self._may_read(request):
            raise NoSuchPath("nothing is served at this path; /docs lists what is")
        await self._looked()
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        # a busy vault has thousands of lines
        text = await asyncio.to_thread(encode, self._figures.registry)
        return Response(text, headers={"cache-control": "no-store"}, media_type=content_type)

    def _may_read(self, request: Request) -> bool:
        if any(it in request.headers for it in _THROUGH_A_PROXY):
            return False
        return within(request.client.host if request.client else "", self._networks)

    async def _looked(self) -> None:
        """Waits no longer than a scrape may take; a look that hangs is not begun twice."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        done, _ = await asyncio.wait({self._looking}, timeout=_PATIENCE_SECONDS)
        storage = self._figures.storage
        if not done:
            storage.errors.labels("metrics").inc()
        for name, reason in (await self._sources.ready.reasons()).items():
            storage.ready.labels(name).set(reason is None)

    async def _look(self) -> None:
        try:
            queued(await self._sources.jobs.queued(), self._figures)
            self._figures.storage.free.set(await self._sources.free())
        except StorageFailed as error:
            self._figures.failed(error, "metrics")
