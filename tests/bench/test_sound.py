"""Calls to measure with: true WAV files that are nowhere silent."""

import wave
from pathlib import Path

import numpy as np
import pytest

from bench.sound import Call


@pytest.mark.parametrize("channels", [1, 2])
def test_a_call_is_a_wav_of_its_length_and_never_silent(channels: int, tmp_path: Path) -> None:
    call, file = Call(120, channels, seed=1), tmp_path / "call.wav"
    call.write(file)
    assert file.stat().st_size == call.size
    with wave.open(str(file)) as read:
        assert (read.getframerate(), read.getnchannels(), read.getsampwidth()) == (
            8000,
            channels,
            2,
        )
        assert read.getnframes() == 120 * 8000
        samples = np.frombuffer(read.readframes(120 * 8000), "<i2").reshape(600, -1)
    assert (samples.astype(np.int32).std(axis=1) > 5).all()


def test_another_seed_is_another_call() -> None:
    assert b"".join(Call(1, 1, seed=1).pieces()) != b"".join(Call(1, 1, seed=2).pieces())
    assert b"".join(Call(1, 1, seed=1).pieces()) == b"".join(Call(1, 1, seed=1).pieces())
