"""Tries the whole way once: LAME encodes a moment, and a cell decodes it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from dictabelt.audio import wav
from dictabelt.core.errors import Internal, VaultError
from dictabelt.core.media import Form, Variant
from dictabelt.core.ports import Audio

_RATE = 8000
_SAMPLES = 800


def trial(audio: Audio) -> None:
    """A tenth of a second of silence there and back. Raises Internal when it does not arrive."""
    with TemporaryDirectory(prefix="dictabelt-trial-") as folder:
        spoken, coded = Path(folder, "spoken.wav"), Path(folder, "coded.mp3")
        spoken.write_bytes(wav.header(_RATE, 1, samples=_SAMPLES) + bytes(2 * _SAMPLES))
        try:
            signal = audio.probe(spoken)
            with coded.open("wb") as file:
                audio.render(spoken, signal, variant=Variant(Form.MP3), write=file.write)
            audio.probe(coded)
        except (VaultError, OSError) as error:
            raise Internal("sound cannot be encoded and decoded; look at the log") from error
