"""The stocked vault in parts, for use-cases alone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assembly import Assembly, assembled
from clocks import Clock
from stocked import Stock


@pytest.fixture
def clock() -> Clock:
    """Stands at an instant after all that is in stock, between two seconds."""
    return Clock(datetime(2126, 3, 5, 8, 0, 0, 900_000, UTC))


@pytest.fixture
async def here(stocked: Stock, tmp_path: Path, clock: Clock) -> AsyncIterator[Assembly]:
    async with assembled(stocked, tmp_path / "data", clock=clock) as made:
        yield made
