"""A served house with a client of it."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from linking import Scene
from stocked import House


@pytest.fixture
async def scene(house: House, served: str) -> AsyncIterator[Scene]:
    async with httpx2.AsyncClient(base_url=served) as client:
        yield Scene(house, served, client)
