"""Composition root: settings become adapters, a vault and an ASGI application."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from dictabelt.audio.engine import Engine
from dictabelt.audio.lame import load
from dictabelt.audio.limits import Limits
from dictabelt.blobs.files import FileBlobs
from dictabelt.core.errors import StorageFailed
from dictabelt.core.limiter import Limiter
from dictabelt.core.vault import Adapters, Vault, compose
from dictabelt.db.sqlite import SqliteDatabase
from dictabelt.http.dialect import Dialect, discover
from dictabelt.http.docs import Documents
from dictabelt.http.health import live
from dictabelt.http.mount import Front, Mount
from dictabelt.http.signed_media import SignedMedia
from dictabelt.http.urls import Urls
from dictabelt.secret import pepper
from dictabelt.settings import Settings

DATABASE = "vault.sqlite3"
# Uploads take minutes; what a dead writer left a day ago is nobody's.
LEFTOVERS = timedelta(days=1)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Vault]:
    """The vault in the data folder, made when the folder is new or empty.

    Raises StorageFailed, naming the fix, for a folder that cannot be used.
    """
    data = _prepared(settings.data)
    # Encoders hold a thread each for as long as they work; uploads and cold reads need theirs.
    threads = ThreadPoolExecutor(settings.encoders + 8, thread_name_prefix="dictabelt")
    asyncio.get_running_loop().set_default_executor(threads)
    key = pepper(data / "secret.key", vault=data / DATABASE)
    blobs = FileBlobs(data / "blobs")
    await blobs.prepare()
    database = SqliteDatabase.open(data / DATABASE)
    try:
        audio = Engine(load(), Limits(seconds=settings.longest_audio_hours * 3600))
        limiter = Limiter(settings.encoders, retry_after=settings.encoder_retry_after)
        adapters = Adapters(db=database, blobs=blobs, audio=audio)
        vault = compose(adapters, pepper=key, limiter=limiter)
        await vault.ring.start()
        await blobs.sweep(before=await vault.ring.clock() - LEFTOVERS)
        yield vault
    finally:
        await database.close()


def signer(vault: Vault, settings: Settings, *, dialects: tuple[Dialect, ...]) -> Urls:
    """Signs and reads links for the hosts that the settings name."""
    return Urls(
        vault.ring,
        region=settings.link_region,
        public_urls=settings.public_urls,
        layouts=tuple(it.layout for it in dialects if it.layout is not None),
    )


def front(vault: Vault, settings: Settings) -> ASGIApp:
    """The ASGI application over an opened vault."""
    dialects = discover()
    urls = signer(vault, settings, dialects=dialects)
    documents = Documents(dialects)
    fronts: dict[str, Front] = {
        "": documents.index,
        "docs": documents.page,
        "livez": live,
        "media": SignedMedia(vault, urls),
    }
    return Mount(vault, urls, dialects=dialects, fronts=fronts)


def application(settings: Settings) -> ASGIApp:
    """What a server runs: opens the vault in the lifespan, answers, closes it."""
    state: dict[str, ASGIApp] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await state["front"](scope, receive, send)
            return
        await receive()
        async with opened(settings) as vault:
            state["front"] = front(vault, settings)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    return app


def _prepared(data: Path) -> Path:
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(
            f"the data folder {data} cannot be made ({error.strerror}); choose another with --data"
        ) from error
    return data
