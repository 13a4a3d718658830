"""The engine as the core sees it."""

import platform
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import av

from audio.recordings import DEMO, engine, rendered
from dictabelt.audio import mp3
from dictabelt.core.media import Form, Signal
from dictabelt.core.ports import Audio

PCM = Signal("wav", "pcm_s16le", 8_000, 2, 80_000, faithful=True, offset=44)


def test_it_is_the_cores_audio() -> None:
    port: Audio = engine()
    assert port.encoder(PCM, Form.ORIGINAL) == ""


def test_encoders_are_named_with_version_processor_and_settings() -> None:
    name = engine().encoder(PCM, Form.MP3)
    assert name.startswith(f"lame-{engine().lame.version}/{platform.machine()}/q7/cbr-")
    assert name.endswith("/no-reservoir/2")
    assert engine().encoder(PCM, Form.WAV) == "pcm_s16le/1"


def test_other_bit_rates_are_another_encoder() -> None:
    other = replace(engine(), kbps=mp3.bit_rates({"8000": [16, 32]}))
    assert other.encoder(PCM, Form.MP3) != engine().encoder(PCM, Form.MP3)


def test_what_ffmpeg_decoded_or_resampled_names_its_version() -> None:
    for signal in (replace(PCM, offset=None), replace(PCM, sample_rate=96_000)):
        assert f"ffmpeg-{av.__version__}" in engine().encoder(signal, Form.MP3)
    assert "ffmpeg" not in engine().encoder(PCM, Form.MP3)
    assert "ffmpeg" not in engine().encoder(replace(PCM, sample_rate=96_000), Form.WAV)


def test_many_threads_render_at_once() -> None:
    path = DEMO / "pcm-8k-stereo.wav"
    with ThreadPoolExecutor(4) as pool:
        renditions = set(pool.map(lambda _: rendered(path, Form.MP3)[1], range(8)))
    assert len(renditions) == 1
