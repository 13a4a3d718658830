"""The media engine in a process of its own, without a server: what it does with one file."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bench.fetch import rate
from bench.meter import WrongAnswer, obey
from dictabelt.audio.engine import Engine
from dictabelt.audio.lame import load
from dictabelt.blobs.reading import FileBlob, glance
from dictabelt.core.media import Form, Signal, Variant

MP3, LISTENING, DIGEST = "mp3", "listening", "digest"
_MOST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Order:
    """What to do with a file again and again."""

    work: str
    file: str
    seconds: float


def main() -> None:
    """Measures until stdin is closed."""
    engine = Engine(load())

    def measure(order: Order) -> float:
        file = Path(order.file)
        signal, work = engine.probe(file), _WORK[order.work]
        return rate(lambda: work(engine, file, signal), order.seconds)

    obey(Order, measure)


def _mp3(engine: Engine, file: Path, signal: Signal) -> None:
    asyncio.run(_read(engine, file, signal))


async def _read(engine: Engine, file: Path, signal: Signal) -> None:
    view = engine.view(FileBlob(str(file), glance), signal, variant=Variant(Form.MP3))
    came = 0
    try:
        while piece := await view.read(came, _MOST):
            came += len(piece)
        if came != view.size:
            raise WrongAnswer(f"{came} of {view.size} bytes of MP3")
    finally:
        await view.close()


def _listening(engine: Engine, file: Path, signal: Signal) -> None:
    engine.analyse(file, signal, expected_seconds=None)


def _digest(_engine: Engine, file: Path, _signal: Signal) -> None:
    with file.open("rb") as opened:
        hashlib.file_digest(opened, "sha256")


_WORK: Mapping[str, Callable[[Engine, Path, Signal], None]] = MappingProxyType(
    {MP3: _mp3, LISTENING: _listening, DIGEST: _digest}
)

if __name__ == "__main__":
    main()
