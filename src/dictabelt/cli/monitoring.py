"""Each process's own figures and readiness, at a port that it shares with no other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dictabelt.app import Oversight
    from dictabelt.core.vault import Vault
    from dictabelt.settings import Settings


@asynccontextmanager
async def monitored(
    vault: "Vault", settings: "Settings", *, seen: "Oversight", number: int = 1
) -> AsyncIterator[None]:
    """Process `number` answers /livez, /readyz and /metrics at `metrics_port`, counted on by it.

    Behind a port of several processes a scrape meets one of them by chance.
    Raises Problem for a port that cannot be had.
    """
    if settings.metrics_port is None:
        yield
        return
    from dictabelt.app import monitor
    from dictabelt.cli.server import bound
    from dictabelt.server.answering import beside

    with bound(settings.host, settings.metrics_port + number - 1) as listener:
        async with beside(monitor(vault, settings, seen=seen), listener):
            yield
