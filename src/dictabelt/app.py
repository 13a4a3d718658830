"""Composition root: settings become adapters, a vault and an ASGI application."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from dictabelt import __version__
from dictabelt.audio.engine import Engine
from dictabelt.audio.lame import load
from dictabelt.audio.limits import Limits
from dictabelt.audio.mp3 import Kbps, bit_rates
from dictabelt.blobs.files import FileBlobs
from dictabelt.blobs.lending import lender_of
from dictabelt.blobs.objects import ObjectBlobs
from dictabelt.blobs.places import Place
from dictabelt.blobs.space import demand_room, free_bytes
from dictabelt.core.analyses import ANALYSE
from dictabelt.core.deliveries import DELIVER, Office
from dictabelt.core.errors import StorageFailed
from dictabelt.core.events import PUBLISH
from dictabelt.core.job import Leased
from dictabelt.core.limiter import Limiter
from dictabelt.core.packing import PACK
from dictabelt.core.ports import Audio
from dictabelt.core.premises import Depot, Premises
from dictabelt.core.vault import Adapters, Vault, compose
from dictabelt.db.inspection import SqliteFile
from dictabelt.db.ledger import SqliteLedger
from dictabelt.db.sqlite import SqliteDatabase
from dictabelt.http.dialect import Dialect, discover
from dictabelt.http.docs import Documents
from dictabelt.http.health import Ready, live, never
from dictabelt.http.layout import PLAIN
from dictabelt.http.mount import Front, Fronts, Mount
from dictabelt.http.presigned import Presigner
from dictabelt.http.signed_media import SignedMedia, refuse
from dictabelt.http.trace import Watch
from dictabelt.http.urls import Urls
from dictabelt.jobs.post import HttpPost
from dictabelt.jobs.worker import Again, Done, Handler, Outcome, Worker
from dictabelt.metrics.page import Metrics, Sources
from dictabelt.metrics.registry import Figures
from dictabelt.metrics.requests import RequestFigures
from dictabelt.metrics.sound import NotedAudio
from dictabelt.metrics.work import noted
from dictabelt.secret import Seal, Strongbox, pepper, written
from dictabelt.settings import BadSettings, Settings
from dictabelt.settings import load as load_settings

DATABASE = "vault.sqlite3"
SECRET = "secret.key"  # noqa: S105
# Uploads take minutes; what a dead writer left a day ago is nobody's.
LEFTOVERS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Oversight:
    """How the owner sees a process: its figures, who hears of its requests, whether it stops."""

    figures: Figures
    watches: tuple[Watch, ...]
    stopping: Callable[[], bool]


def oversight(*watches: Watch, stopping: Callable[[], bool] = never) -> Oversight:
    """Of a process that begins; `watches` hear of its requests beside the figures."""
    figures = Figures.new(__version__)
    return Oversight(figures, (RequestFigures(figures), *watches), stopping)


@asynccontextmanager
async def opened(settings: Settings, seen: Oversight | None = None) -> AsyncIterator[Vault]:
    """The vault in the data folder, made when the folder is new or empty.

    Raises StorageFailed, naming the fix, for a folder that cannot be used, and BadSettings.
    """
    kbps = _bit_rates(settings)
    data = _prepared(settings.data)
    # Encoders hold a thread each for as long as they work; uploads and cold reads need theirs.
    threads = ThreadPoolExecutor(settings.encoders + 8, thread_name_prefix="dictabelt")
    asyncio.get_running_loop().set_default_executor(threads)
    key = pepper(data / SECRET, vault=data / DATABASE)
    blobs = blobs_of(settings, settings.blobs)
    await blobs.prepare()
    database = SqliteDatabase.open(data / DATABASE, seal=Seal(key))
    limits = Limits(seconds=settings.longest_audio_hours * 3600)
    engine = Engine(load(), limits, kbps=kbps)
    audio: Audio = NotedAudio(engine, seen.figures) if seen else engine
    try:
        limiter = Limiter(settings.encoders, retry_after=settings.encoder_retry_after)
        adapters = Adapters(
            db=database,
            blobs=blobs,
            audio=audio,
            jobs=database.jobs(),
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
        engine.close()
        await database.close()


@asynccontextmanager
async def premises(settings: Settings) -> AsyncIterator[Premises]:
    """What the upkeep of an existing vault stands on, beside a server that may be running.

    Raises StorageFailed and BadSettings.
    """
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
        return pepper(data / SECRET, vault=data / DATABASE)
    except StorageFailed as fault:
        return str(fault)


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


def front(vault: Vault, settings: Settings, *, seen: Oversight | None = None) -> ASGIApp:
    """The ASGI application over an opened vault."""
    dialects = discover()
    urls = signer(vault, settings, dialects=dialects)
    documents = Documents(dialects)
    seen = seen or oversight()
    pages: dict[str, Front] = {
        "": Front(documents.index),
        "docs": Front(documents.page),
        "media": Front(SignedMedia(vault, urls), refuse),
        **_watched(vault, settings, seen),
    }
    return Mount(vault, urls, dialects=dialects, fronts=Fronts(pages, seen.watches))


def monitor(vault: Vault, settings: Settings, *, seen: Oversight) -> ASGIApp:
    """/livez, /readyz and /metrics alone, for a process that has no front or shares its port."""
    urls = signer(vault, settings, dialects=())
    fronts = Fronts(_watched(vault, settings, seen))
    return Mount(vault, urls, dialects=(), fronts=fronts)


def _watched(vault: Vault, settings: Settings, seen: Oversight) -> dict[str, Front]:
    room = partial(demand_room, settings.data, settings.least_free_mb)
    ready = Ready({**vault.health.checks(), "disk": room}, stopping=seen.stopping)
    sources = Sources(vault.jobs, ready, free=partial(free_bytes, settings.data))
    metrics = Metrics(seen.figures, sources, networks=map(str, settings.metrics_networks))
    pages = {"livez": Front(live), "readyz": Front(ready)}
    return pages if settings.metrics == "off" else {**pages, "metrics": Front(metrics)}


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


def _worker(
    vault: Vault, handlers: dict[str, Handler], *, slots: int, seen: Oversight | None
) -> Worker:
    return Worker(vault.jobs, noted(handlers, seen.figures) if seen else handlers, slots=slots)


def carrier(vault: Vault, settings: Settings, *, seen: Oversight | None = None) -> Worker:
    """Tells others what happened in an opened vault."""
    own = office(vault, settings)

    async def publish(leased: Leased) -> Outcome:
        await vault.deliveries.publish(leased, own)
        return Done()

    async def deliver(leased: Leased) -> Outcome:
        pause = await vault.deliveries.deliver(leased, own)
        return Done() if pause is None else Again(pause)

    handlers: dict[str, Handler] = {PUBLISH: publish, DELIVER: deliver}
    return _worker(vault, handlers, slots=settings.webhook_slots, seen=seen)


def listener(vault: Vault, seen: Oversight | None = None) -> Worker:
    """Listens to what came into an opened vault, and packs it when there is time.

    One at a time, as players need the processor.
    """

    async def analyse(leased: Leased) -> Outcome:
        await vault.analyses.run(leased)
        return Done()

    async def pack(leased: Leased) -> Outcome:
        pause = await vault.packing.run(leased)
        return Done() if pause is None else Again(pause)

    return _worker(vault, {ANALYSE: analyse, PACK: pack}, slots=1, seen=seen)


def workers(
    vault: Vault, settings: Settings, *, seen: Oversight | None = None
) -> tuple[Worker, ...]:
    """All that do the background work of an opened vault."""
    return carrier(vault, settings, seen=seen), listener(vault, seen)


KINDS = (PUBLISH, DELIVER, ANALYSE, PACK)
"""Of background work."""


def working(
    vault: Vault, settings: Settings, *, seen: Oversight | None = None
) -> AbstractAsyncContextManager[None]:
    """Background work goes on for as long as the context lasts."""
    return _at_work(workers(vault, settings, seen=seen))


def working_for_others(
    vault: Vault, settings: Settings, *, kinds: Collection[str], seen: Oversight | None = None
) -> AbstractAsyncContextManager[None]:
    """As `working`, for a process that does nothing but jobs of these kinds."""
    every = workers(vault, settings, seen=seen)
    return _at_work([it for it in every if it.serve_others(kinds)])


@asynccontextmanager
async def _at_work(workers: Iterable[Worker]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(it.run()) for it in workers]
    try:
        yield
    finally:
        for it in tasks:
            it.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def application(settings: Settings) -> ASGIApp:
    """What a server runs: opens the vault in the lifespan, answers, closes it."""
    state: dict[str, ASGIApp] = {}
    seen = oversight()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await state["front"](scope, receive, send)
            return
        await receive()
        async with opened(settings, seen) as vault, working(vault, settings, seen=seen):
            state["front"] = front(vault, settings, seen=seen)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    return app


def served() -> ASGIApp:
    """The application for servers that start by a factory, from the environment alone.

    Raises BadSettings.
    """
    return application(load_settings({}, dict(os.environ)))


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
