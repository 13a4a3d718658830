"""Every store, one after the other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from blobs.stores import STORES, Store

_BUCKETS = {"s3": "bucket", "az": "container", "gs": "google"}


# Azurite and what stands for Google's API are slow; `test_clouds.py` tries them in little time.
_FAR = ("az", "gs")
_MARKED = [pytest.param(it, marks=[pytest.mark.slow] if it in _FAR else []) for it in STORES]


@pytest.fixture(params=_MARKED)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    named = _BUCKETS.get(request.param)
    remote = request.getfixturevalue(named) if named else None
    async with STORES[request.param](tmp_path, remote) as opened:
        yield opened
