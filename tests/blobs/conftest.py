"""Every store, one after the other; and a C library that refuses."""

import shutil
import subprocess
import sys
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


@pytest.fixture(scope="session")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """programs/refusing.c, to be preloaded."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux" or not compiler:
        pytest.skip("failing system calls takes Linux and a C compiler")
    library = tmp_path_factory.mktemp("refusing") / "refusing.so"
    source = Path(__file__).parent / "programs" / "refusing.c"
    line = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(line, check=True, timeout=60)
    return library
