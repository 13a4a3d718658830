"""The engine as the core sees it."""

from concurrent.futures import ThreadPoolExecutor

from audio.recordings import DEMO, engine, rendered
from dictabelt.core.media import Form
from dictabelt.core.ports import Audio


def test_it_is_the_cores_audio() -> None:
    port: Audio = engine()
    assert port.encoder(Form.ORIGINAL) == ""


def test_encoders_are_named_with_version_and_settings() -> None:
    name = engine().encoder(Form.MP3)
    assert name.startswith(f"lame-{engine().lame.version}/q7/cbr-")
    assert name.endswith("/no-reservoir/1")
    assert engine().encoder(Form.WAV) == "pcm_s16le/1"


def test_many_threads_render_at_once() -> None:
    path = DEMO / "pcm-8k-stereo.wav"
    with ThreadPoolExecutor(4) as pool:
        renditions = set(pool.map(lambda _: rendered(path, Form.MP3)[1], range(8)))
    assert len(renditions) == 1
