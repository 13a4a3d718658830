"""The stocked vault, made once a worker and copied for each test."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    ExitStack,
    contextmanager,
)
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx2
import pytest
from starlette.types import ASGIApp

import azurite
import postgres
from assembly import Assembly, assembled
from azurite import Container
from clocks import Clock
from google_bucket import GoogleBucket, before
from postgres import Cluster
from seaweed import Bucket, NotHere, running
from serving import serving
from stocked import House, InFolder, OnServer, Place, Stock, Store, at_home, stock

ENGINES = ("sqlite", "postgresql")
BUCKETS = {"s3": "bucket", "az": "container", "gs": "google"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=ENGINES,
        help="the database of all tests; without it SQLite, and both where databases are tested",
    )
    parser.addoption(
        "--blobs",
        choices=("files", *BUCKETS),
        default=os.environ.get("DICTABELT_TEST_BLOBS", "files"),
        help="where the blobs of vaults in tests are; default: $DICTABELT_TEST_BLOBS, or files",
    )


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server for databases of the tests' own."""
    if not postgres.available():
        pytest.skip("there is no PostgreSQL: neither of the wheel nor named by the environment")
    with postgres.cluster() as made:
        yield made


@pytest.fixture(scope="session")
def store(request: pytest.FixtureRequest) -> Store:
    """Where the stock's rows are."""
    if request.config.getoption("--engine") == "postgresql":
        return OnServer(request.getfixturevalue("cluster"))
    return InFolder()


@pytest.fixture
def rows_in_folder(store: Store) -> None:
    """For tests that open a copy of the folder and mean its rows too."""
    if not isinstance(store, InFolder):
        pytest.skip("the rows are on a server")


@pytest.fixture
def blobs_in_folder(request: pytest.FixtureRequest) -> None:
    """For tests of what is done with files alone."""
    if request.config.getoption("blobs") != "files":
        pytest.skip("the blobs are in a bucket")


@pytest.fixture(scope="session")
def stocked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, store: Store
) -> Stock:
    """A closed vault to copy."""
    made = asyncio.run(stock(tmp_path_factory.mktemp("stocked") / "data", store))
    kept = request.config.getoption("blobs")
    if kept == "files":
        return made
    return replace(made, bucket=request.getfixturevalue(BUCKETS[kept]))


@pytest.fixture
def opening(stocked: Stock, tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[House]]:
    """Opens a copy with settings of the test's own."""
    return partial(at_home, stocked, tmp_path / "data")


@pytest.fixture
async def house(stocked: Stock, tmp_path: Path) -> AsyncIterator[House]:
    async with at_home(stocked, tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    """Stands at an instant after all that is in stock, between two seconds."""
    return Clock(datetime(2126, 3, 5, 8, 0, 0, 900_000, UTC))


@pytest.fixture
async def here(stocked: Stock, tmp_path: Path, clock: Clock) -> AsyncIterator[Assembly]:
    """A copy in parts, at the clock's instants."""
    async with assembled(stocked, tmp_path / "data", clock=clock) as made:
        yield made


@pytest.fixture
def app(house: House) -> ASGIApp:
    """What `client` calls."""
    return house.app


@pytest.fixture
async def client(app: ASGIApp) -> AsyncIterator[httpx2.AsyncClient]:
    """Calls the application without a socket."""
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://vault.test") as made:
        yield made


@pytest.fixture
async def served(house: House) -> AsyncIterator[str]:
    """The base URL of a real server over the house."""
    async with serving(house.app) as base:
        yield base


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    """A real S3 server of this session, whose credentials are in the environment."""
    with known(running(tmp_path_factory.mktemp("seaweed") / "s3")) as made:
        yield made


@pytest.fixture(scope="session")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """A real server of Azure's API, in the same way."""
    with known(azurite.running(tmp_path_factory.mktemp("azurite") / "az")) as made:
        yield made


@pytest.fixture(scope="session")
def google(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleBucket]:
    """Google's API before the S3 server, in the same way."""
    with known(before(bucket, tmp_path_factory.mktemp("google") / "gs")) as made:
        yield made


Cloud = TypeVar("Cloud", bound=Place)


@contextmanager
def known(server: AbstractContextManager[Cloud]) -> Iterator[Cloud]:
    """A server while it runs, its credentials in the environment; skips where it is not here."""
    with ExitStack() as closing:
        try:
            made = closing.enter_context(server)
        except NotHere as reason:
            pytest.skip(str(reason))
        environment = closing.enter_context(pytest.MonkeyPatch.context())
        for name, value in made.environment.items():
            environment.setenv(name, value)
        yield made


@pytest.fixture(scope="session")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """programs/refusing.c, to be preloaded."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux" or not compiler:
        pytest.skip("failing system calls takes Linux and a C compiler")
    library = tmp_path_factory.mktemp("refusing") / "refusing.so"
    source = Path(__file__).parent / "blobs" / "programs" / "refusing.c"
    line = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(line, check=True, timeout=60)
    return library
