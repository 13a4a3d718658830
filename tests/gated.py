"""An audio adapter that waits, so that a test can look on while something is encoded."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock

from dictabelt.core.analysis import Drawing, Heard
from dictabelt.core.media import Form, Signal, Variant
from dictabelt.core.ports import Audio, Blob, Packer

PATIENCE = 20.0


class Gated:
    """Implements `Audio` with another one, whose encoder stands still before its second piece."""

    def __init__(self, audio: Audio) -> None:
        self._audio = audio
        self._gate = Event()
        self._began = Event()
        self._ended = Event()
        self._lock = Lock()
        self.renders = 0
        self.failure: BaseException | None = None

    @property
    def packer(self) -> Packer:
        return self._audio.packer

    def probe(self, path: Path) -> Signal:
        return self._audio.probe(path)

    def encoder(self, signal: Signal, form: Form) -> str:
        return self._audio.encoder(signal, form)

    def size(self, signal: Signal, variant: Variant) -> int | None:
        return self._audio.size(signal, variant)

    def computes(self, signal: Signal, form: Form) -> bool:
        return self._audio.computes(signal, form)

    def view(self, source: Blob, signal: Signal, *, variant: Variant) -> Blob:
        return self._audio.view(source, signal, variant=variant)

    @property
    def analyser(self) -> str:
        return self._audio.analyser

    def analyse(self, path: Path, signal: Signal, *, expected_seconds: float | None) -> Heard:
        return self._audio.analyse(path, signal, expected_seconds=expected_seconds)

    def draw(self, peaks: bytes, drawing: Drawing) -> bytes:
        return self._audio.draw(peaks, drawing)

    def render(
        self, path: Path, signal: Signal, *, variant: Variant, write: Callable[[bytes], object]
    ) -> None:
        with self._lock:
            self.renders += 1

        def gated(piece: bytes) -> None:
            write(piece)
            self._began.set()
            if not self._gate.wait(PATIENCE):
                raise TimeoutError

        try:
            self._audio.render(path, signal, variant=variant, write=gated)
        except BaseException as failure:
            self.failure = failure
            raise
        finally:
            self._ended.set()

    def trial(self) -> None:
        self._audio.trial()

    async def began(self) -> None:
        """Returns once an encoder stands at the gate."""
        assert await asyncio.to_thread(self._began.wait, PATIENCE)

    async def ended(self) -> None:
        """Returns once an encoder is done, or was stopped."""
        assert await asyncio.to_thread(self._ended.wait, PATIENCE)

    def open(self) -> None:
        """Lets every encoder go on, now and later."""
        self._gate.set()


async def settled() -> None:
    """Waits for whatever still goes on in the loop."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
