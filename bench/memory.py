"""Rows of memory: how far the server grows when what it works on is very large."""

from collections.abc import Iterator

from bench import fetch
from bench.growth import Gauge, Growth, supported
from bench.incoming import kept, listened_to, uploaded
from bench.sound import Call
from bench.stage import Skipped, Stage

_MOST = 64.0
_MINUTE, _HOURS_10, _GIB_2 = 60, 36_000, 2**31 // (8_000 * 2 * 2)
_PIECE = 64 * 1024
_SEED = 2


def memory(stage: Stage) -> Iterator[Growth]:
    """All in one server, so that what one work leaves behind shows in the next.

    Raises Skipped without Linux.
    """
    if not supported():
        raise Skipped("the system does not tell what a process held at most")
    vault = stage.vault
    _prepare(stage)
    gauge = Gauge(vault.server.id)
    large = uploaded(vault, Call(_GIB_2 // stage.shrink, channels=2, seed=_SEED))
    yield gauge.growth("upload of a WAV of 2 GiB", most=_MOST)
    listened_to(vault, large)
    yield gauge.growth("peaks and findings of it", most=_MOST)
    fetch.whole(vault.server, vault.link(large))
    yield gauge.growth("download of it as it came", most=_MOST)
    fetch.whole(vault.server, vault.link(large, "wav", mix="swap"))
    yield gauge.growth("the same as WAV, channels swapped", most=_MOST)
    long = kept(vault, Call(_HOURS_10 // stage.shrink, channels=1, seed=_SEED))
    link = vault.link(long, "mp3")
    yield gauge.growth("10 h come in and are listened to", most=_MOST)
    _seek(stage, link)
    yield gauge.growth("seek, 64 KiB of their MP3", most=_MOST)
    fetch.whole(vault.server, link)
    yield gauge.growth("whole MP3 of them", most=_MOST)


def _prepare(stage: Stage) -> None:
    """Has the server do all of it with a minute: what it loads then is not growth."""
    vault = stage.vault
    id = kept(vault, Call(_MINUTE, channels=2, seed=_SEED))
    for link in (vault.link(id), vault.link(id, "wav", mix="swap"), vault.link(id, "mp3")):
        fetch.whole(vault.server, link)


def _seek(stage: Stage, link: str) -> None:
    places = fetch.middles(fetch.size(stage.vault.server, link), _PIECE)
    fetch.part(stage.vault.server, link, wanted=next(places))
