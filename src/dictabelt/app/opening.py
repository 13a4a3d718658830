"""A vault out of its adapters, and how its owner sees the process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from dictabelt import __version__
from dictabelt.app.storage import SECRET, blobs_of, database_of, prepared, signpost_of
from dictabelt.audio.engine import Engine
from dictabelt.audio.lame import load
from dictabelt.audio.limits import Limits
from dictabelt.audio.mp3 import Kbps, bit_rates
from dictabelt.core.job import Ceiling
from dictabelt.core.limiter import Limiter
from dictabelt.core.ports import Audio
from dictabelt.core.vault import Adapters, Vault, compose
from dictabelt.http.health import never
from dictabelt.http.trace import Watch
from dictabelt.metrics.registry import Figures
from dictabelt.metrics.requests import RequestFigures
from dictabelt.metrics.sound import NotedAudio
from dictabelt.secret import Seal, pepper
from dictabelt.settings import BadSettings, Settings

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
    kbps = kbps_of(settings)
    data = prepared(settings.data)
    # Encoders hold a thread each for as long as they work; uploads and cold reads need theirs.
    threads = ThreadPoolExecutor(settings.encoders + 8, thread_name_prefix="dictabelt")
    asyncio.get_running_loop().set_default_executor(threads)
    chosen = database_of(settings)
    key = pepper(data / SECRET, kept=await chosen.exists())
    blobs = blobs_of(settings, settings.blobs)
    await blobs.prepare()
    database = await chosen.open(Seal(key))
    limits = Limits(seconds=settings.longest_audio_hours * 3600)
    engine = Engine(load(), limits, kbps=kbps)
    audio: Audio = NotedAudio(engine, seen.figures) if seen else engine
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
        engine.close()
        await database.close()


def ceilings(settings: Settings) -> dict[str, Ceiling]:
    """How many jobs of each kind are at work at once on all machines of the vault."""
    whole, each = settings.job_limits, settings.job_account_limits
    return {it: Ceiling(whole.get(it), each.get(it)) for it in {**whole, **each}}


def kbps_of(settings: Settings) -> Kbps:
    try:
        return bit_rates(settings.mp3_kbps)
    except ValueError as error:
        raise BadSettings(f"setting mp3_kbps: {error}") from error
