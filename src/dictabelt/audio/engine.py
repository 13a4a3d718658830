"""The core's port for audio: probing and rendering with one LAME and one set of limits."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from dictabelt.audio.lame import QUALITY, Lame
from dictabelt.audio.limits import Limits
from dictabelt.audio.mp3 import KBPS
from dictabelt.audio.probe import probe
from dictabelt.audio.render import write_mp3, write_wav
from dictabelt.core.media import Form, Signal

_COPY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Engine:
    """Implements `core.ports.Audio`; safe in many threads at once."""

    lame: Lame
    limits: Limits = field(default_factory=Limits)

    def probe(self, path: Path) -> Signal:
        """What the file really holds. Raises Unreadable with a reason."""
        return probe(path, self.limits)

    def encoder(self, form: Form) -> str:
        """Names all that decides the bytes of `form`; the last number is this code's version."""
        rates = hashlib.sha256(repr(sorted(KBPS.items())).encode()).hexdigest()[:8]
        names = {
            Form.ORIGINAL: "",
            Form.WAV: "pcm_s16le/1",
            Form.MP3: f"lame-{self.lame.version}/q{QUALITY}/cbr-{rates}/no-reservoir/1",
        }
        return names[form]

    def render(
        self, path: Path, signal: Signal, *, form: Form, write: Callable[[bytes], object]
    ) -> None:
        """Writes `form` of the audio piece by piece; what `write` raises passes through.

        Raises Unreadable when the file is not what `signal` says.
        """
        match form:
            case Form.ORIGINAL:
                _copy(path, write)
            case Form.WAV:
                write_wav(path, signal, write=write, limits=self.limits)
            case Form.MP3:
                write_mp3(path, signal, write=write, limits=self.limits, lame=self.lame)


def _copy(path: Path, write: Callable[[bytes], object]) -> None:
    with path.open("rb") as file:
        while piece := file.read(_COPY):
            write(piece)
