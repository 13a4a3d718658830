"""Loading LAME, and its refusals."""

import ctypes.util
import importlib.util

import pytest

from dictabelt.audio.lame import LameMissing, LameRefused, load
from dictabelt.audio.samples import silence

PLAIN_STEREO = 0  # ISO 11172-3, 2.4.2.3: channels coded apart, so neither leaks into the other
SYSTEMS = ctypes.util.find_library("mp3lame")


def test_the_wheel_is_found_first() -> None:
    wheel = importlib.util.find_spec("lameenc")
    assert wheel is not None
    assert load().library._name == wheel.origin
    assert load().version[0].isdigit()


@pytest.mark.skipif(SYSTEMS is None, reason="no LAME of the system's own")
def test_the_systems_library_does_as_well() -> None:
    lame = load(["no-such-library.so", SYSTEMS or ""])
    with lame.stream(rate=8000, channels=1, kbps=32) as stream:
        mp3 = b"".join(stream.feed(silence(8000, 1)) for _ in range(3))
    assert len(mp3) % 288 == 0
    assert len(mp3) > 10_000


def test_what_is_not_lame_is_passed_over() -> None:
    places = ["no-such-library.so", importlib.util.find_spec("_ctypes").origin]  # type: ignore[union-attr]
    with pytest.raises(LameMissing, match=r"lameenc.*libmp3lame"):
        load(place or "" for place in places)


def test_frames_have_one_size_and_no_xing_header() -> None:
    with load().stream(rate=8000, channels=2, kbps=64) as stream:
        mp3 = stream.feed(silence(80_000, 2))
    frames = {mp3[at : at + 2] for at in range(0, len(mp3), 576)}
    assert frames == {b"\xff\xe3"}
    assert {mp3[at + 3] >> 6 for at in range(0, len(mp3), 576)} == {PLAIN_STEREO}
    assert b"Xing" not in mp3
    assert b"Info" not in mp3
    assert b"LAME3" not in mp3[:576]


@pytest.mark.parametrize(
    ("rate", "channels", "kbps"),
    [(8000, 1, 320), (8000, 1, 33), (7000, 1, 32), (8000, 3, 32), (8000, 0, 32)],
)
def test_settings_outside_the_standard_are_refused(rate: int, channels: int, kbps: int) -> None:
    encoder = load().stream(rate=rate, channels=channels, kbps=kbps)
    with pytest.raises(LameRefused), encoder:
        pass
