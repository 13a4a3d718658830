"""Fuzzes the WAV reader: `python -m fuzz.riff FOLDER`, then any option of libFuzzer."""

import atheris

from fuzz.target import run

_READER = ["dictabelt.audio.riff", "dictabelt.audio.wave_format", "dictabelt.audio.pcm"]

with atheris.instrument_imports(include=_READER):
    from fuzz.wave_invariants import hold
    from fuzz.waves import waves

if __name__ == "__main__":
    run(hold, waves())
