"""Notes what is decoded, encoded and made as it is read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from dictabelt.core.analysis import Drawing, Heard
from dictabelt.core.errors import StorageFailed, Unreadable, VaultError
from dictabelt.core.media import Form, Signal, Variant
from dictabelt.core.ports import Audio, Blob, Packer
from dictabelt.metrics.registry import Figures


class NotedAudio:
    """Implements `core.ports.Audio` with another one."""

    def __init__(self, audio: Audio, figures: Figures) -> None:
        self._audio = audio
        self._figures = figures

    @property
    def packer(self) -> Packer:
        return self._audio.packer

    @property
    def analyser(self) -> str:
        return self._audio.analyser

    def probe(self, path: Path) -> Signal:
        with self._decoding("probe"):
            return self._audio.probe(path)

    def encoder(self, signal: Signal, form: Form) -> str:
        return self._audio.encoder(signal, form)

    def size(self, signal: Signal, variant: Variant) -> int | None:
        return self._audio.size(signal, variant)

    def computes(self, signal: Signal, form: Form) -> bool:
        return self._audio.computes(signal, form)

    def view(self, source: Blob, signal: Signal, *, variant: Variant) -> Blob:
        self._figures.sound.views.labels(variant.form.value).inc()
        return self._audio.view(source, signal, variant=variant)

    def analyse(self, path: Path, signal: Signal, *, expected_seconds: float | None) -> Heard:
        with self._decoding("analyse"):
            return self._audio.analyse(path, signal, expected_seconds=expected_seconds)

    def draw(self, peaks: bytes, drawing: Drawing) -> bytes:
        return self._audio.draw(peaks, drawing)

    def render(
        self, path: Path, signal: Signal, *, variant: Variant, write: Callable[[bytes], object]
    ) -> None:
        with self._encoding(variant.form), self._decoding("render"):
            self._audio.render(path, signal, variant=variant, write=write)

    def trial(self) -> None:
        self._audio.trial()

    @contextmanager
    def _decoding(self, work: str) -> Iterator[None]:
        sound, ends = self._figures.sound, _Ends()
        running = sound.decoding.labels(work)
        running.inc()
        try:
            with ends.told():
                yield
        finally:
            running.dec()
            sound.decodes.labels(work, ends.outcome).inc()

    @contextmanager
    def _encoding(self, form: Form) -> Iterator[None]:
        sound, ends, began = self._figures.sound, _Ends(), perf_counter()
        try:
            with ends.told():
                yield
        finally:
            sound.encodes.labels(form.value, ends.outcome).inc()
            sound.encode_seconds.labels(form.value).observe(perf_counter() - began)


class _Ends:
    """How a piece of work ended: done, unreadable, storage, failed, or stopped from outside."""

    def __init__(self) -> None:
        self.outcome = "stopped"

    @contextmanager
    def told(self) -> Iterator[None]:
        try:
            yield
        except Unreadable:
            self.outcome = "unreadable"
            raise
        except StorageFailed:
            self.outcome = "storage"
            raise
        except VaultError:
            self.outcome = "failed"
            raise
        self.outcome = "done"
