"""Every adapter of durable jobs, one after the other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jobs.queues import QUEUES, Queue


@pytest.fixture(params=QUEUES)
async def queue(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Queue]:
    async with QUEUES[request.param](tmp_path) as opened:
        yield opened
