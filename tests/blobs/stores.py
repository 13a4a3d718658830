"""The stores that the contract suite runs over, and what tests say to a store."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from types import MappingProxyType
from typing import BinaryIO, Final, Protocol

from dictabelt.blobs.files import FileBlobs
from dictabelt.blobs.objects import ObjectBlobs
from dictabelt.blobs.places import Patience, Place
from dictabelt.blobs.reading import no_glance
from dictabelt.core.errors import NotFound
from dictabelt.core.ports import Blobs

SOON: Final = Patience(
    connect=timedelta(seconds=1),
    silence=timedelta(seconds=10),
    request=timedelta(seconds=20),
    retries=2,
    first_pause=timedelta(milliseconds=10),
    longest_pause=timedelta(milliseconds=50),
    altogether=timedelta(seconds=20),
)
"""Of a test, where the store is near and never busy for long."""


class Store(Blobs, Protocol):
    """What every store can do."""

    def keys(self) -> AsyncIterator[str]: ...


class Home(Protocol):
    """A bucket, or a container, of any cloud."""

    @property
    def endpoint(self) -> str: ...
    def fresh(self) -> str:
        """The URL of a place in it that nobody else uses."""


Opening = Callable[[Path, Home | None], AbstractAsyncContextManager[Store]]


@asynccontextmanager
async def files(folder: Path, _: Home | None) -> AsyncIterator[Store]:
    store = FileBlobs(folder / "blobs")
    await store.prepare()
    yield store


@asynccontextmanager
async def files_read_in_threads(folder: Path, _: Home | None) -> AsyncIterator[Store]:
    store = FileBlobs(folder / "blobs", look=no_glance)
    await store.prepare()
    yield store


@asynccontextmanager
async def objects(folder: Path, bucket: Home | None) -> AsyncIterator[Store]:
    assert bucket is not None
    store = ObjectBlobs(place_in(bucket), folder / "spool")
    await store.prepare()
    yield store
    assert list((folder / "spool").iterdir()) == []


STORES: Final[Mapping[str, Opening]] = MappingProxyType(
    {
        "files": files,
        "files-read-in-threads": files_read_in_threads,
        "s3": objects,
        "az": objects,
        "gs": objects,
    }
)


def place_in(bucket: Home, *, endpoint: str | None = None, patience: Patience = SOON) -> Place:
    """A place of its own in the bucket, by way of `endpoint` where one is given."""
    return Place(bucket.fresh(), endpoint or bucket.endpoint, "us-east-1", patience=patience)


def new_key() -> str:
    return f"{token_hex(1)}/{token_hex(16)}/{token_hex(16)}"


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def writer(data: bytes) -> Callable[[BinaryIO], None]:
    def write(file: BinaryIO) -> None:
        file.write(data)

    return write


async def content(store: Blobs, key: str) -> bytes:
    """All bytes of `key`, read 100,000 at a time."""
    blob = await store.open(key)
    try:
        data = bytearray()
        while part := await blob.read(len(data), 100_000):
            data += part
        return bytes(data)
    finally:
        await blob.close()


async def there(store: Blobs, key: str) -> bool:
    try:
        await (await store.open(key)).close()
    except NotFound:
        return False
    return True


async def listed(store: Store) -> list[str]:
    keys = store.keys()
    return sorted([key async for key in keys])
