"""Files made to hurt: each is refused with a reason, or played within its bounds."""

import struct
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio.flac import silent_flac
from audio.recordings import chunk, engine, format_chunk, noise, riff, wav, written
from dictabelt.core.errors import Unreadable
from dictabelt.core.media import Form, Variant

HOUR = 3600


def refusal(path: Path, **limits: int) -> str:
    with pytest.raises(Unreadable) as refused:
        engine(**limits).probe(path)
    return str(refused.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!doctype html><html><body>Sign in</body></html>" * 99, "not audio: looks like HTML"),
        (b"#EXTM3U\n#EXTINF:10,\nsecret.wav\n", "not audio: looks like a playlist"),
        (b"ffconcat version 1.0\nfile secret.wav\n", "not audio: looks like a playlist"),
        (b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n", "not audio"),
        (b"file secret.wav\n" * 50, "not audio"),
        (bytes(100_000), "no"),
        (np.random.default_rng(7).bytes(100_000), "no"),
    ],
)
@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.m3u8", "a"])
def test_other_things_are_refused_whatever_their_name(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / "secret.wav").write_bytes(wav(noise(8000)))
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(path).startswith(reason)


def test_no_connection_is_ever_made(tmp_path: Path) -> None:
    visits: list[str] = []

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_error(404)

    with HTTPServer(("127.0.0.1", 0), Trap) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/a.wav"
        for text in (
            f" \0#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n",
            f"\x01ffconcat version 1.0\nfile {url}\n",
            f"\x01<MPD><BaseURL>{url}</BaseURL></MPD>",
            url,
        ):
            path = tmp_path / "a.m3u8"
            path.write_text(text)
            refusal(path)
        server.shutdown()
    assert visits == []


def test_255_channels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(riff(format_chunk(channels=255), chunk(b"data", bytes(510 * 10))))
    assert refusal(path) == "255 channels; 1 to 8 are supported"


def test_channels_beyond_the_limit_are_refused_in_any_format(tmp_path: Path) -> None:
    path = written(tmp_path / "a.flac", noise(800, 6), rate=8000, codec="flac")
    assert refusal(path, channels=2) == "6 channels; 1 to 2 are supported"


@pytest.mark.parametrize("rate", [0, 1, 3999, 384_001, 0xFFFFFFFF])
def test_rates_that_no_sound_card_has_are_refused(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "a.wav"
    lying = struct.pack("<HHIIHH", 1, 1, rate, 16_000, 2, 16)
    path.write_bytes(riff(chunk(b"fmt ", lying), chunk(b"data", bytes(100))))
    assert refusal(path) == f"sampled at {rate} Hz; 4000 to 384000 are supported"


def test_ten_hours_of_silence_in_a_small_flac_are_measured_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(silent_flac(10 * HOUR))
    assert path.stat().st_size < 80_000
    assert refusal(path, seconds=HOUR) == "longer than 3600 seconds of audio"
    assert refusal(path, bytes=2**20) == "more than 1048576 bytes of decoded audio"
    found = engine().probe(path)
    assert 10 * HOUR - 9 < found.duration.total_seconds() <= 10 * HOUR
    assert found.faithful


def test_a_long_wav_is_refused_by_its_true_length(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(noise(80_000)))
    assert refusal(path, seconds=9) == "longer than 9 seconds of audio"
    assert engine(seconds=10).probe(path).samples == 80_000


def test_a_codec_outside_the_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(riff(format_chunk(bits=64), chunk(b"data", bytes(8000))))
    assert refusal(path) == "no audio that can be decoded: an unsupported codec"


def test_a_file_without_a_decodable_packet_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.flac", noise(80_000), rate=8000, codec="flac")
    data = path.read_bytes()
    path.write_bytes(data[:100] + b"\xaa" * (len(data) - 100))
    assert refusal(path).startswith(("no audio", "not audio"))


def test_a_container_outside_the_list_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.avi", noise(8000), rate=16_000, codec="libmp3lame")
    assert refusal(path) == "not audio of a supported format"


def test_a_file_that_is_mostly_damaged_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.m4a", noise(80_000), rate=8000, codec="aac")
    data = bytearray(path.read_bytes())
    start, end = data.index(b"mdat") + 4000, data.index(b"moov") - 200
    data[start:end] = b"\xaa" * (end - start)
    path.write_bytes(data)
    assert "packets cannot be decoded" in refusal(path)


def test_a_stream_that_changes_its_rate_goes_on_at_the_first(tmp_path: Path) -> None:
    slow = written(tmp_path / "a.mp3", noise(16_000, 2), rate=8000, codec="libmp3lame")
    fast = written(tmp_path / "b.mp3", noise(32_000), rate=16_000, codec="libmp3lame")
    slow.write_bytes(slow.read_bytes() + fast.read_bytes())
    found = engine().probe(slow)
    pieces: list[bytes] = []
    engine().render(slow, found, variant=Variant(Form.WAV), write=pieces.append)
    assert (found.sample_rate, found.channels, found.faithful) == (8000, 2, False)
    assert 3.9 < found.duration.total_seconds() < 4.4
    assert sum(map(len, pieces)) == 44 + found.samples * 4


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("originals")
    makes = [("a.mp3", "libmp3lame"), ("a.ogg", "libopus"), ("a.flac", "flac"), ("a.m4a", "aac")]
    paths = [written(folder / name, noise(8000), rate=8000, codec=codec) for name, codec in makes]
    return [path.read_bytes() for path in paths] + [wav(noise(800))]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    which=st.integers(0, 4),
    wounds=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=6),
)
def test_wounded_files_are_played_or_refused(
    tmp_path: Path, originals: list[bytes], which: int, wounds: list[tuple[float, bytes]]
) -> None:
    data = bytearray(originals[which])
    for place, wound in wounds:
        start = int(place * place * len(data))  # more of them in the header
        data[start : start + len(wound)] = wound
    path = tmp_path / "a"
    path.write_bytes(data)
    sizes: list[int] = []
    try:
        found = engine().probe(path)
        engine().render(
            path, found, variant=Variant(Form.WAV), write=lambda piece: sizes.append(len(piece))
        )
    except Unreadable:
        return
    assert sum(sizes) == 44 + found.samples * found.channels * 2
