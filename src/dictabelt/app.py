"""Composition root: settings become adapters, a vault and an ASGI application."""

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from dictabelt.audio.engine import Engine
from dictabelt.audio.lame import load
from dictabelt.audio.limits import Limits
from dictabelt.audio.mp3 import Kbps, bit_rates
from dictabelt.blobs.files import FileBlobs
from dictabelt.blobs.lending import lender_of
from dictabelt.blobs.objects import ObjectBlobs
from dictabelt.blobs.places import Place
from dictabelt.core.analyses import ANALYSE
from dictabelt.core.deliveries import DELIVER, Office
from dictabelt.core.errors import StorageFailed
from dictabelt.core.events import PUBLISH
from dictabelt.core.job import Ceiling, Leased
from dictabelt.core.limiter import Limiter
from dictabelt.core.packing import PACK
from dictabelt.core.premises import Depot, Premises
from dictabelt.core.vault import Adapters, Vault, compose
from dictabelt.db.choosing import Choice
from dictabelt.db.copying import Copy
from dictabelt.db.copying import Sum as RowSum
from dictabelt.db.inspection import SqliteFile
from dictabelt.db.ledger import SqliteLedger
from dictabelt.db.schema import HEAD
from dictabelt.db.sqlite import SqliteDatabase
from dictabelt.http.dialect import Dialect, discover
from dictabelt.http.docs import Documents
from dictabelt.http.health import live
from dictabelt.http.layout import PLAIN
from dictabelt.http.mount import Front, Mount
from dictabelt.http.presigned import Presigner
from dictabelt.http.signed_media import SignedMedia, refuse
from dictabelt.http.urls import Urls
from dictabelt.jobs.post import HttpPost
from dictabelt.jobs.worker import Again, Done, Outcome, Worker
from dictabelt.secret import Seal, Strongbox, pepper, written
from dictabelt.settings import SQLITE, BadSettings, Settings

__all__ = ["HEAD", "RowSum"]

DATABASE = "vault.sqlite3"
SECRET = "secret.key"  # noqa: S105
# Uploads take minutes; what a dead writer left a day ago is nobody's.
LEFTOVERS = timedelta(days=1)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Vault]:
    """The vault in the data folder, made when the folder is new or empty.

    Raises StorageFailed, naming the fix, for a folder that cannot be used, and BadSettings.
    """
    kbps = _bit_rates(settings)
    data = _prepared(settings.data)
    # Encoders hold a thread each for as long as they work; uploads and cold reads need theirs.
    threads = ThreadPoolExecutor(settings.encoders + 8, thread_name_prefix="dictabelt")
    asyncio.get_running_loop().set_default_executor(threads)
    chosen = database_of(settings)
    key = pepper(data / SECRET, kept=await chosen.exists())
    blobs = blobs_of(settings, settings.blobs)
    await blobs.prepare()
    database = await chosen.open(Seal(key))
    limits = Limits(seconds=settings.longest_audio_hours * 3600)
    audio = Engine(load(), limits, kbps=kbps)
    try:
        limiter = Limiter(settings.encoders, retry_after=settings.encoder_retry_after)
        adapters = Adapters(
            db=database,
            blobs=blobs,
            audio=audio,
            jobs=database.jobs(ceilings(settings)),
            signpost=signpost_of(settings),
        )
        vault = compose(adapters, pepper=key, limiter=limiter)
        await vault.ring.start()
        await blobs.sweep(before=await vault.ring.clock() - LEFTOVERS)
        try:
            yield vault
        finally:
            await vault.renditions.close()
    finally:
        audio.close()
        await database.close()


@asynccontextmanager
async def premises(settings: Settings) -> AsyncIterator[Premises]:
    """What the upkeep of an existing vault stands on, beside a server that may be running.

    Raises StorageFailed and BadSettings.
    """
    if settings.database != SQLITE:
        raise StorageFailed("this works on the SQLite file alone; use the server's own tools")
    if settings.blobs != "files":
        raise BadSettings(
            "setting blobs: check and backup read the files of the data folder; "
            "copy a bucket there first: dictabelt blobs copy --to files"
        )
    data, key = settings.data, _secret(settings.data)
    seal = None if isinstance(key, str) else Seal(key)
    database = SqliteDatabase.open(data / DATABASE, seal=seal)
    audio = Engine(load(), Limits(), kbps=_bit_rates(settings))
    try:
        yield Premises(
            db=database,
            file=SqliteFile(data / DATABASE),
            store=FileBlobs(data / "blobs"),
            audio=audio,
            secret=key,
            ledger=SqliteLedger,
        )
    finally:
        audio.close()
        await database.close()


def depot(target: Path) -> Depot:
    """What a backup repository in a folder stands on."""
    return Depot(FileBlobs(target), SqliteLedger, Strongbox())


async def emptied(data: Path) -> FileBlobs:
    """The store of a vault that is being put together in `data`. Raises StorageFailed."""
    store = FileBlobs(_prepared(data) / "blobs")
    await store.prepare()
    await store.sweep(before=datetime.max.replace(tzinfo=UTC))  # a vault of nobody yet
    return store


def keep_secret(data: Path, secret: bytes) -> None:
    """Gives a vault that is being put together its secret. Raises OSError."""
    written(data / SECRET, secret)


def _secret(data: Path) -> bytes | str:
    try:
        return pepper(data / SECRET, kept=True)
    except StorageFailed as fault:
        return str(fault)


def database_of(settings: Settings) -> Choice:
    """The database that the settings name: a file in the data folder, or one on a server."""
    return Choice(
        settings.data / DATABASE,
        None if settings.database == SQLITE else settings.database,
        settings.database_replica,
        settings.database_pool,
        settings.statement_timeout_ms,
    )


def ceilings(settings: Settings) -> dict[str, Ceiling]:
    """How many jobs of each kind are at work at once on all machines of the vault."""
    whole, each = settings.job_limits, settings.job_account_limits
    return {it: Ceiling(whole.get(it), each.get(it)) for it in {**whole, **each}}


async def kept(settings: Settings) -> bool:
    """Whether there is a vault already. Raises StorageFailed."""
    return await database_of(settings).exists()


def copying(source: str, target: str) -> AbstractAsyncContextManager[Copy]:
    """A copy of all rows between two databases. Raises StorageFailed."""
    from dictabelt.db import sides

    return sides.copying(source, target)


def blobs_of(settings: Settings, where: str) -> FileBlobs | ObjectBlobs:
    """The store that `where` names: `files`, those of the data folder, or a URL.

    Raises BadSettings.
    """
    if where == "files":
        return FileBlobs(settings.data / "blobs")
    try:
        return ObjectBlobs(_place(settings, where), settings.data / "spool")
    except ValueError as error:
        raise BadSettings(f"setting blobs: {error}; or files, those of the data folder") from error


def signpost_of(settings: Settings) -> Presigner | None:
    """Sends clients to the bucket, where that is in S3 and its credentials can be had."""
    if not settings.blobs.startswith("s3://"):
        return None
    lender = lender_of(os.environ)
    if lender is None:
        return None
    place = _place(settings, settings.blobs)
    return Presigner(place.address(settings.blobs_public_endpoint), place.sure_region, lend=lender)


def _place(settings: Settings, where: str) -> Place:
    return Place(
        url=where,
        endpoint=settings.blobs_endpoint,
        region=settings.blobs_region or os.environ.get("AWS_REGION"),
        virtual_hosted=settings.blobs_virtual_hosted,
        encryption=settings.blobs_encryption,
        kms_key=settings.blobs_kms_key,
        proxy=settings.blobs_proxy,
    )


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
        "": Front(documents.index),
        "docs": Front(documents.page),
        "livez": Front(live),
        "media": Front(SignedMedia(vault, urls), refuse),
    }
    return Mount(vault, urls, dialects=dialects, fronts=fronts)


def office(vault: Vault, settings: Settings) -> Office:
    """Who writes and carries the letters of webhooks; links in them are for the first public URL.

    Without a public URL, for the address that the server listens on.
    """
    dialects = discover()
    urls = signer(vault, settings, dialects=dialects)
    layouts = {it.name: it.layout or PLAIN for it in dialects}
    place = f"http://{settings.host}:{settings.port}"
    base = settings.public_urls[0] if settings.public_urls else place
    return Office(
        correspondents={it.name: it.correspondent for it in dialects if it.correspondent},
        post=HttpPost(settings.webhook_networks),
        base=base,
        sign=lambda link, dialect: urls.sign(link, base, layout=layouts[dialect]),
    )


def carrier(vault: Vault, settings: Settings) -> Worker:
    """Tells others what happened in an opened vault."""
    own = office(vault, settings)

    async def publish(leased: Leased) -> Outcome:
        await vault.deliveries.publish(leased, own)
        return Done()

    async def deliver(leased: Leased) -> Outcome:
        pause = await vault.deliveries.deliver(leased, own)
        return Done() if pause is None else Again(pause)

    return Worker(vault.jobs, {PUBLISH: publish, DELIVER: deliver}, slots=settings.webhook_slots)


def listener(vault: Vault) -> Worker:
    """Listens to what came into an opened vault, and packs it when there is time.

    One at a time, as players need the processor.
    """

    async def analyse(leased: Leased) -> Outcome:
        await vault.analyses.run(leased)
        return Done()

    async def pack(leased: Leased) -> Outcome:
        pause = await vault.packing.run(leased)
        return Done() if pause is None else Again(pause)

    return Worker(vault.jobs, {ANALYSE: analyse, PACK: pack}, slots=1)


def workers(vault: Vault, settings: Settings) -> tuple[Worker, ...]:
    """All that do the background work of an opened vault."""
    return carrier(vault, settings), listener(vault)


@asynccontextmanager
async def working(vault: Vault, settings: Settings) -> AsyncIterator[None]:
    """Background work goes on for as long as the context lasts."""
    tasks = [asyncio.create_task(it.run()) for it in workers(vault, settings)]
    try:
        yield
    finally:
        for it in tasks:
            it.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def application(settings: Settings) -> ASGIApp:
    """What a server runs: opens the vault in the lifespan, answers, closes it."""
    state: dict[str, ASGIApp] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await state["front"](scope, receive, send)
            return
        await receive()
        async with opened(settings) as vault, working(vault, settings):
            state["front"] = front(vault, settings)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    return app


def _bit_rates(settings: Settings) -> Kbps:
    try:
        return bit_rates(settings.mp3_kbps)
    except ValueError as error:
        raise BadSettings(f"setting mp3_kbps: {error}") from error


def _prepared(data: Path) -> Path:
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(
            f"the data folder {data} cannot be made ({error.strerror}); choose another with --data"
        ) from error
    return data
