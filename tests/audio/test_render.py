"""Renditions: true to the original in length, channels and sound."""

import contextlib
import io
import itertools
import subprocess
import wave
from dataclasses import replace
from pathlib import Path
from shutil import which

import numpy as np
import pytest

from audio.recordings import (
    DEMO,
    EXTENSIBLE,
    chunk,
    engine,
    format_chunk,
    heard,
    level,
    noise,
    rendered,
    riff,
    tone,
    wav,
    written,
)
from dictabelt.audio import mp3, shape
from dictabelt.audio import wav as wav_writer
from dictabelt.core.errors import Unreadable
from dictabelt.core.media import Form, Signal, Variant

PROCESS = Path("/proc/self")
CALLS = sorted(path for path in DEMO.iterdir() if path.suffix in {".wav", ".mp3", ".ogg", ".opus"})


def seconds(data: bytes, rate: int) -> float:
    return len(heard(data)) / rate


FORMS = (Form.WAV, Form.MP3, Form.OPUS, Form.FLAC)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.name)
def test_renditions_of_the_demo_calls_are_within_50_ms(path: Path, form: Form) -> None:
    signal, data = rendered(path, form)
    found = heard(data)
    rate = 48_000 if form is Form.OPUS else signal.sample_rate
    assert found.shape[1] == signal.channels
    assert abs(len(found) / rate - signal.duration.total_seconds()) < 0.05


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.name)
def test_a_wav_says_what_it_holds(path: Path) -> None:
    signal, data = rendered(path, Form.WAV)
    assert heard(data).shape == (signal.samples, signal.channels)
    with wave.open(io.BytesIO(data)) as read:
        assert read.getparams()[:4] == (signal.channels, 2, signal.sample_rate, signal.samples)


@pytest.mark.skipif(which("ffmpeg") is None, reason="no ffmpeg")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.name)
def test_ffmpeg_plays_a_rendition_for_as_long(path: Path, form: Form) -> None:
    signal, data = rendered(path, form)
    command = ["ffmpeg", "-v", "error", "-i", "-", "-f", "s16le", "-ar", "48000", "-"]
    played = subprocess.run(command, input=data, capture_output=True, check=True, timeout=30)
    assert played.stderr == b""
    seconds = len(played.stdout) / 2 / signal.channels / 48_000
    assert abs(seconds - signal.duration.total_seconds()) < 0.05


def test_a_wav_of_a_pcm_wav_is_the_same_samples(tmp_path: Path) -> None:
    audio = noise(100_000, 2)
    path = tmp_path / "a.wav"
    path.write_bytes(wav(audio))
    assert rendered(path, Form.WAV)[1] == wav(audio)


def test_a_wav_of_a_lying_wav_tells_the_truth() -> None:
    signal, data = rendered(DEMO / "header-lies.wav", Form.WAV)
    lying = (DEMO / "header-lies.wav").read_bytes()
    assert not signal.faithful
    assert data[44:] == lying[44:]
    assert int.from_bytes(data[40:44], "little") == len(data) - 44


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.wav", "pcm_s16le", 8000),
        ("a.wav", "pcm_mulaw", 8000),
        ("a.flac", "flac", 16_000),
        ("a.ogg", "libopus", 48_000),
        ("a.wav", "pcm_s24le", 44_100),
        ("a.wav", "pcm_s16le", 96_000),
    ],
)
def test_channels_never_swap(tmp_path: Path, form: Form, name: str, codec: str, rate: int) -> None:
    audio = np.hstack([tone(440, 1, rate), tone(880, 1, rate)])
    _, data = rendered(written(tmp_path / name, audio, rate=rate, codec=codec), form)
    found = heard(data)
    heard_rate = {Form.MP3: min(rate, 48_000), Form.OPUS: 48_000}.get(form, rate)
    quiet_ends = found[heard_rate // 8 : -heard_rate // 8]
    for channel, own, other in ((0, 440, 880), (1, 880, 440)):
        side = quiet_ends[:, channel]
        assert level(side, own, heard_rate) > level(side, other, heard_rate) + 20


def test_many_channels_stay_apart_in_wav_and_all_sound_in_mp3(tmp_path: Path) -> None:
    pitches = [300, 400, 500, 600, 700, 800]
    audio = np.hstack([tone(pitch, 1) for pitch in pitches])
    path = tmp_path / "a.wav"
    header = format_chunk(tag=EXTENSIBLE, channels=6, more=EXTENSION)
    path.write_bytes(riff(header, chunk(b"data", audio.tobytes())))
    assert np.array_equal(heard(rendered(path, Form.WAV)[1]), audio)
    mixed = heard(rendered(path, Form.MP3)[1])[1000:7000]
    assert mixed.shape[1] == 1
    for pitch in pitches:
        assert level(mixed, pitch, 8000) > level(mixed, 1000, 8000) + 20


EXTENSION = bytes.fromhex("1600 1000 3f000000 0100000000001000800000aa00389b71")


@pytest.mark.parametrize("rate", [4000, 10_000, 37_800, 96_000])
def test_odd_rates_keep_their_length_in_mp3(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(noise(rate * 3 + 17), rate))
    signal, data = rendered(path, Form.MP3)
    planned = mp3.plan(rate, 1, samples=signal.samples)
    assert len(data) == planned.size
    assert abs(seconds(data, planned.rate) - signal.duration.total_seconds()) < 0.05


@pytest.mark.parametrize("form", [Form.WAV, Form.MP3])
def test_a_few_samples_more_or_less_are_made_up_for(form: Form, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(noise(8000)))
    for samples in (7700, 8300):
        measured = replace(engine().probe(path), samples=samples)
        out = io.BytesIO()
        engine().render(path, measured, variant=Variant(form), write=out.write)
        if form is Form.WAV:
            assert len(out.getvalue()) == 44 + samples * 2
            assert len(heard(out.getvalue())) == samples
        else:
            assert len(out.getvalue()) == mp3.plan(8000, 1, samples=samples).size


@pytest.mark.parametrize("form", [Form.WAV, Form.MP3])
@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        ((8000, 1, 7500), "longer than when it was measured"),
        ((8000, 1, 8500), "shorter than when it was measured"),
        ((8000, 2, 8000), "another shape"),
        ((16_000, 1, 8000), "another shape"),
    ],
)
def test_a_file_that_changed_since_is_refused(
    tmp_path: Path, form: Form, measured: tuple[int, int, int], reason: str
) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(noise(8000)))
    signal = Signal("wav", "pcm_s16le", *measured, faithful=True)
    with pytest.raises(Unreadable, match=reason):
        engine().render(path, signal, variant=Variant(form), write=len)


class ClientLeft(Exception):
    """What a writer raises when nobody listens any more."""


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("name", ["pcm-8k-stereo.wav", "mp3-16k-mono.mp3"])
def test_a_writer_can_stop_the_work(form: Form, name: str) -> None:
    pieces = itertools.count(1)

    def write(piece: bytes) -> None:
        if next(pieces) == 2 or form in (Form.ORIGINAL, Form.MP3):
            raise ClientLeft

    signal = engine().probe(DEMO / name)
    with pytest.raises(ClientLeft):
        engine().render(DEMO / name, signal, variant=Variant(form), write=write)


@pytest.mark.skipif(not PROCESS.exists(), reason="no /proc to look into")
@pytest.mark.parametrize("name", ["pcm-8k-stereo.wav", "mp3-16k-mono.mp3"])
def test_stopped_work_leaves_nothing_behind(name: str) -> None:
    def stop(piece: bytes) -> None:
        raise ClientLeft

    def stopped(times: int) -> tuple[int, int]:
        for _ in range(times):
            with contextlib.suppress(ClientLeft):
                engine().render(DEMO / name, signal, variant=Variant(Form.MP3), write=stop)
        pages = int((PROCESS / "statm").read_text().split()[1])
        return len(list((PROCESS / "fd").iterdir())), pages * 4096

    signal = engine().probe(DEMO / name)
    files_before, memory_before = stopped(10)
    files, memory = stopped(100)
    assert files == files_before
    assert memory - memory_before < 8 * 2**20


def test_the_same_audio_gives_the_same_bytes() -> None:
    path = DEMO / "pcm-8k-stereo.wav"
    assert rendered(path, Form.MP3)[1] == rendered(path, Form.MP3)[1]


def test_the_original_is_passed_through() -> None:
    path = DEMO / "header-lies.wav"
    assert rendered(path, Form.ORIGINAL)[1] == path.read_bytes()


def test_beyond_4_gib_the_header_is_rf64() -> None:
    samples = 2**31
    header = wav_writer.header(8000, 1, samples=samples)
    assert (header[:4], header[12:16], len(header)) == (b"RF64", b"ds64", 80)
    assert int.from_bytes(header[20:28], "little") == samples * 2 + 72
    assert int.from_bytes(header[28:36], "little") == samples * 2


def test_just_below_4_gib_the_header_is_plain() -> None:
    header = wav_writer.header(8000, 2, samples=2**30 - 10)
    assert (header[:4], len(header)) == (b"RIFF", 44)


def test_resampling_keeps_the_pitch(tmp_path: Path) -> None:
    blocks = shape.resampled([tone(440, 1, 96_000)], source=96_000, target=48_000)
    found = np.concatenate(list(blocks))
    assert abs(len(found) - 48_000) < 50
    assert level(found, 440, 48_000) > level(found, 880, 48_000) + 40


def test_a_signal_is_unchanged_by_a_round_trip_through_wav(tmp_path: Path) -> None:
    path = tmp_path / "again.wav"
    signal, data = rendered(DEMO / "mulaw-8k-mono.wav", Form.WAV)
    path.write_bytes(data)
    expected = Signal("wav", "pcm_s16le", 8000, 1, signal.samples, faithful=True, offset=44)
    assert engine().probe(path) == expected
