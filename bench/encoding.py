"""Rows of the media engine: MP3 from anywhere in a call, whole MP3, and listening."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import engine, fetch, ffmpeg
from bench.comparison import Comparison, Measure, Side, watched
from bench.incoming import kept
from bench.meter import Meter, metering
from bench.sound import Call
from bench.stage import Skipped, Stage

_SEEK, _STEADY, _WHOLE = 100.0, 1 / 1.5, 2.0
_HOUR_HEARD_IN = 3.0
_PIECE = 64 * 1024
_SEED = 1
_MINUTES_10, _HOUR, _HOURS_10 = 600, 3_600, 36_000
_FEW = 3
_FFMPEG = "ffmpeg in.wav out.mp3"


def encoding(stage: Stage) -> Iterator[Comparison]:
    """Nothing of it is encoded before or kept after. Raises Skipped, late, without ffmpeg."""
    meter = stage.closing.enter_context(metering("engine", stage.folder, core=stage.cores.server))
    short, hour = _call(stage, "10 min", _MINUTES_10), _call(stage, "1 h", _HOUR)
    yield from _listening(stage, meter, hour)
    yield from _seeks_anywhere(stage)
    if ffmpeg.program() is None:
        raise Skipped("there is no ffmpeg to encode beside; on Debian: apt install ffmpeg")
    for it, promise in ((short, None), (hour, _SEEK)):
        yield from _beside_ffmpeg(stage, it, seek=promise)
    yield _without_server(stage, meter, short)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A stereo call in the vault and beside it, and the link to its MP3."""

    name: str
    file: Path
    link: str


def _call(stage: Stage, name: str, seconds: int) -> _Kept:
    call = Call(seconds // stage.shrink, channels=2, seed=_SEED)
    file = stage.folder / f"{seconds}.wav"
    call.write(file)
    return _Kept(name, file, stage.vault.link(kept(stage.vault, call), "mp3"))


def _listening(stage: Stage, meter: Meter, hour: _Kept) -> Iterator[Comparison]:
    promised = Measure(stage.shrink / _HOUR_HEARD_IN, None)
    yield Comparison(
        "peaks and findings of 1 h",
        f"{_HOUR_HEARD_IN:.0f} seconds",
        1.0,
        ours=_alone(meter, engine.LISTENING, hour.file),
        theirs=lambda _seconds: promised,
        rounds=_FEW,
    )
    yield Comparison(
        "peaks and findings of 1 h",
        "SHA-256 of the file",
        None,
        ours=_alone(meter, engine.LISTENING, hour.file),
        theirs=_alone(meter, engine.DIGEST, hour.file),
        rounds=_FEW,
    )


def _seeks_anywhere(stage: Stage) -> Iterator[Comparison]:
    """Stereo of 10 minutes beside mono of 10 hours would be twice the work: both are mono."""
    links = [
        stage.vault.link(kept(stage.vault, Call(it // stage.shrink, channels=1, seed=_SEED)), "mp3")
        for it in (_HOURS_10, _MINUTES_10)
    ]
    yield Comparison(
        "seek, 64 KiB of 10 h",
        "the same of 10 min",
        _STEADY,
        ours=_seeking(stage, links[0]),
        theirs=_seeking(stage, links[1]),
    )


def _beside_ffmpeg(stage: Stage, it: _Kept, *, seek: float | None) -> Iterator[Comparison]:
    sides = {
        f"seek, 64 KiB of {it.name}": (seek, _seeking(stage, it.link)),
        f"whole MP3 of {it.name}": (_WHOLE, _downloading(stage, it.link)),
    }
    for work, (promise, ours) in sides.items():
        yield Comparison(work, _FFMPEG, promise, ours, _peer(stage, it), rounds=_FEW)


def _without_server(stage: Stage, meter: Meter, it: _Kept) -> Comparison:
    ours = _alone(meter, engine.MP3, it.file)
    work = f"whole MP3, no server, {it.name}"
    return Comparison(work, _FFMPEG, _WHOLE, ours, _peer(stage, it), rounds=_FEW)


def _peer(stage: Stage, it: _Kept) -> Side:
    return ffmpeg.encoding(it.file, stage.folder / "peer.mp3", core=stage.cores.server)


def _seeking(stage: Stage, link: str) -> Side:
    server = stage.vault.server
    places = fetch.middles(fetch.size(server, link), _PIECE)
    return stage.fetching(lambda: fetch.part(server, link, wanted=next(places)))


def _downloading(stage: Stage, link: str) -> Side:
    return stage.fetching(lambda: fetch.whole(stage.vault.server, link))


def _alone(meter: Meter, work: str, file: Path) -> Side:
    return watched(
        meter.id, lambda seconds: meter.rate(engine.Order(work, str(file), seconds), seconds)
    )
