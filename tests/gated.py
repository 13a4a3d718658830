"""An audio adapter that waits, so that a test can look on while something is encoded."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock

from dictabelt.core.media import Form, Signal
from dictabelt.core.ports import Audio

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

    def probe(self, path: Path) -> Signal:
        return self._audio.probe(path)

    def encoder(self, form: Form) -> str:
        return self._audio.encoder(form)

    def render(
        self, path: Path, signal: Signal, *, form: Form, write: Callable[[bytes], object]
    ) -> None:
        with self._lock:
            self.renders += 1

        def gated(piece: bytes) -> None:
            write(piece)
            self._began.set()
            if not self._gate.wait(PATIENCE):
                raise TimeoutError

        try:
            self._audio.render(path, signal, form=form, write=gated)
        except BaseException as failure:
            self.failure = failure
            raise
        finally:
            self._ended.set()

    async def began(self) -> None:
        """Returns once an encoder stands at the gate."""
        assert await asyncio.to_thread(self._began.wait, PATIENCE)

    async def ended(self) -> None:
        """Returns once an encoder is done, or was stopped."""
        assert await asyncio.to_thread(self._ended.wait, PATIENCE)

    def open(self) -> None:
        """Lets every encoder go on, now and later."""
        self._gate.set()
