"""Every store, one after the other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from blobs.stores import STORES, Store


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    remote = request.getfixturevalue("bucket") if request.param == "s3" else None
    async with STORES[request.param](tmp_path, remote) as opened:
        yield opened
