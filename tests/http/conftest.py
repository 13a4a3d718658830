"""A served house with a client of it, and a browser."""

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

import chromium
from chromium import Chromium
from linking import Scene
from stocked import House


@pytest.fixture
async def scene(house: House, served: str) -> AsyncIterator[Scene]:
    async with httpx2.AsyncClient(base_url=served) as client:
        yield Scene(house, served, client)


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """One for all tests; they are skipped where there is none."""
    if chromium.PROGRAM is None:
        pytest.skip(chromium.MISSING)
    with chromium.started() as made:
        yield made
