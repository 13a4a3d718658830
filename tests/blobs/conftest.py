"""Every store, one after the other; and a C library that refuses."""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from blobs.stores import STORES, Store


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    remote = request.getfixturevalue("bucket") if request.param == "s3" else None
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
