"""A vault as an ASGI application."""

from functools import partial

from starlette.types import ASGIApp

from dictabelt.app.opening import Oversight, oversight
from dictabelt.blobs.space import demand_room, free_bytes
from dictabelt.core.vault import Vault
from dictabelt.http.dialect import Dialect, discover
from dictabelt.http.docs import Documents
from dictabelt.http.health import Ready, live
from dictabelt.http.mount import Front, Fronts, Mount
from dictabelt.http.signed_media import SignedMedia, refuse
from dictabelt.http.urls import Urls
from dictabelt.metrics.page import Metrics, Sources
from dictabelt.settings import Settings


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
