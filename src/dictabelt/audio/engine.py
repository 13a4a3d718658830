"""The core's port for audio: probing, encoding, and reading what was never encoded."""

import hashlib
import os
import platform
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import av

from dictabelt.audio import mp3, render, wav, waveform
from dictabelt.audio.analysis import analyse
from dictabelt.audio.lame import QUALITY, Lame
from dictabelt.audio.limits import Limits
from dictabelt.audio.packer import FlacPacker
from dictabelt.audio.probe import probe
from dictabelt.audio.section import section
from dictabelt.audio.trial import trial
from dictabelt.audio.views import Mp3View, Samples, WavView
from dictabelt.core.analysis import Drawing, Heard
from dictabelt.core.errors import Damaged
from dictabelt.core.media import Form, Signal, Variant
from dictabelt.core.ports import Blob

_COPY = 1024 * 1024


def _encoders() -> Executor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="encoder")


@dataclass(frozen=True, slots=True)
class Engine:
    """Implements `core.ports.Audio`; safe in many threads at once."""

    lame: Lame
    limits: Limits = field(default_factory=Limits)
    kbps: mp3.Kbps = field(default_factory=lambda: mp3.KBPS)
    pool: Executor = field(default_factory=_encoders)

    def close(self) -> None:
        """Ends the processes that decode and the threads that encode."""
        self.limits.cells.close()
        self.pool.shutdown(wait=False)

    @property
    def packer(self) -> FlacPacker:
        """Packs originals as FLAC."""
        return FlacPacker(self.pool)

    def probe(self, path: Path) -> Signal:
        """What the file really holds. Raises Unreadable with a reason."""
        return probe(path, self.limits)

    def encoder(self, signal: Signal, form: Form) -> str:
        """Names all that decides the bytes of `form`; the last number is this code's version.

        The processor's kind is part of it: encoders that calculate with fractions
        round otherwise on another, and two workers may differ in it.
        """
        ffmpeg = f"ffmpeg-{av.__version__}/{platform.machine()}"
        rates = hashlib.sha256(repr(sorted(self.kbps.items())).encode()).hexdigest()[:8]
        lame = f"lame-{self.lame.version}/{platform.machine()}"
        names = {
            Form.ORIGINAL: "",
            Form.WAV: "pcm_s16le/1",
            Form.MP3: f"{lame}/q{QUALITY}/cbr-{rates}/no-reservoir/2",
            Form.OPUS: f"libopus/{ffmpeg}/1",
            Form.FLAC: f"flac/{ffmpeg}/1",
        }
        decoded = signal.offset is None or self._resamples(signal, form)
        return f"{ffmpeg}>{names[form]}" if decoded and names[form] else names[form]

    def size(self, signal: Signal, variant: Variant) -> int | None:
        """Bytes of it, for forms whose size follows from the number of samples."""
        it = section(signal, variant)
        match variant.form:
            case Form.WAV:
                header = wav.header(signal.sample_rate, it.channels, samples=it.count)
                return len(header) + it.count * it.channels * 2
            case Form.MP3:
                return render.plan(it, self.kbps).size
            case _:
                return None

    def computes(self, signal: Signal, form: Form) -> bool:
        """Whether any part of that form can be made without the rest."""
        return (
            signal.offset is not None
            and form in (Form.WAV, Form.MP3)
            and not self._resamples(signal, form)
        )

    def view(self, source: Blob, signal: Signal, *, variant: Variant) -> Blob:
        """The bytes of it, made as they are read; closing it closes `source`.

        For what `computes` is True of.
        """
        it = section(signal, variant)
        samples = Samples(source, it)
        if variant.form is Form.WAV:
            return WavView(samples, pool=self.pool)
        return Mp3View(samples, render.plan(it, self.kbps), lame=self.lame, pool=self.pool)

    @property
    def analyser(self) -> str:
        """Names this code's version."""
        return "peaks-and-findings/1"

    def analyse(self, path: Path, signal: Signal, *, expected_seconds: float | None) -> Heard:
        """Listens from end to end, once. Raises Unreadable."""
        whole = section(signal, Variant(Form.WAV))
        with render.heard(path, whole, limits=self.limits) as blocks:
            found = analyse(
                blocks,
                signal.sample_rate,
                channels=signal.channels,
                expected_seconds=expected_seconds,
            )
        return Heard(waveform.write_dat(found.peaks), found.findings)

    def draw(self, peaks: bytes, drawing: Drawing) -> bytes:
        """In audiowaveform's JSON or binary form. Raises Damaged for damaged peaks."""
        try:
            drawn = waveform.read_dat(peaks).coarser(drawing.zoom)
        except ValueError as error:
            raise Damaged("the stored peaks are damaged") from error
        write = waveform.write_json if drawing.as_json else waveform.write_dat
        return write(drawn, drawing.bits)

    def render(
        self, path: Path, signal: Signal, *, variant: Variant, write: Callable[[bytes], object]
    ) -> None:
        """Writes it piece by piece; what `write` raises passes through.

        Raises Unreadable when the file is not what `signal` says.
        """
        if variant.form is Form.ORIGINAL:
            _copy(path, write)
            return
        it = section(signal, variant)
        with render.heard(path, it, limits=self.limits) as blocks:
            match variant.form:
                case Form.WAV:
                    render.write_wav(blocks, it, write=write)
                case Form.MP3:
                    by = render.Mp3(render.plan(it, self.kbps), self.lame, self.pool)
                    render.write_mp3(blocks, it, by=by, write=write)
                case coded:
                    render.write_codec(blocks, it, form=coded, write=write)

    def trial(self) -> None:
        """LAME and the decoder's cells, on a moment of silence. Raises Internal."""
        trial(self)

    def _resamples(self, signal: Signal, form: Form) -> bool:
        return form is Form.MP3 and signal.sample_rate not in self.kbps


def _copy(path: Path, write: Callable[[bytes], object]) -> None:
    with path.open("rb") as file:
        while piece := file.read(_COPY):
            write(piece)
