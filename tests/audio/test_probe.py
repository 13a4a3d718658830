"""Probing: what is measured, and when a file is said to tell the truth."""

from dataclasses import replace
from pathlib import Path

import pytest

from audio.recordings import (
    DEMO,
    chunk,
    engine,
    format_chunk,
    noise,
    riff,
    wav,
    written,
)
from dictabelt.core.errors import Unreadable
from dictabelt.core.media import Signal

SECOND = noise(8000)


def probe(path: Path) -> Signal:
    return engine().probe(path)


@pytest.mark.parametrize(
    ("name", "codec", "expected"),
    [
        ("a.mp3", "libmp3lame", Signal("mp3", "mp3", 8000, 2, 8000, faithful=True)),
        ("a.flac", "flac", Signal("flac", "flac", 8000, 2, 8000, faithful=True)),
        ("a.ogg", "libopus", Signal("ogg", "opus", 48000, 2, 48000, faithful=True)),
        ("a.aiff", "pcm_s16be", Signal("aiff", "pcm_s16be", 8000, 2, 8000, faithful=True)),
        ("a.au", "pcm_s16be", Signal("au", "pcm_s16be", 8000, 2, 8000, faithful=True)),
        ("a.m4a", "alac", Signal("mp4", "alac", 8000, 2, 8000, faithful=True)),
        ("a.mka", "pcm_s16le", Signal("webm", "pcm_s16le", 8000, 2, 8000, faithful=True)),
        ("a.wav", "pcm_alaw", Signal("wav", "pcm_alaw", 8000, 2, 8000, faithful=True)),
    ],
)
def test_formats_are_told_apart_and_measured_to_the_sample(
    tmp_path: Path, name: str, codec: str, expected: Signal
) -> None:
    audio = noise(expected.samples, 2)
    path = written(tmp_path / name, audio, rate=expected.sample_rate, codec=codec)
    assert replace(probe(path), offset=None) == expected


def test_a_telephone_codec_in_wav_is_left_to_ffmpeg(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", SECOND, rate=8000, codec="adpcm_ima_wav")
    found = probe(path)
    assert (found.container, found.codec, found.sample_rate) == ("wav", "adpcm_ima_wav", 8000)
    assert found.samples >= 8000


@pytest.mark.parametrize(
    ("name", "container", "codec", "rate", "channels", "samples"),
    [
        ("pcm-8k-stereo.wav", "wav", "pcm_s16le", 8000, 2, 90203),
        ("pcm-16k-mono.wav", "wav", "pcm_s16le", 16000, 1, 138281),
        ("mulaw-8k-mono.wav", "wav", "pcm_mulaw", 8000, 1, 121121),
        ("mp3-16k-mono.mp3", "mp3", "mp3", 16000, 1, 258624),
        ("opus-16k-mono.ogg", "ogg", "opus", 48000, 1, 872754),
    ],
)
def test_the_demo_calls_are_what_they_are_said_to_be(
    name: str, container: str, codec: str, rate: int, channels: int, samples: int
) -> None:
    found = replace(probe(DEMO / name), offset=None)
    assert found == Signal(container, codec, rate, channels, samples, faithful=True)


def test_the_demo_call_that_lies_is_measured_and_found_out() -> None:
    path = DEMO / "header-lies.wav"
    found = probe(path)
    assert found.samples == (path.stat().st_size - 44) // 2
    assert not found.faithful


@pytest.mark.parametrize("size", [0, 1000, 0xFFFFFFFF])
def test_a_wav_that_lies_about_its_length_is_not_faithful(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.wav"
    honest = wav(SECOND)
    path.write_bytes(honest[:40] + size.to_bytes(4, "little") + honest[44:])
    assert (probe(path).samples, probe(path).faithful) == (8000, False)


def test_a_variable_mp3_is_faithful_only_with_a_xing_header(tmp_path: Path) -> None:
    loud_then_silent = noise(48_000)
    loud_then_silent[16_000:] = 0
    variable = {"flags": "+qscale", "global_quality": "500"}
    for xing, faithful in (("1", True), ("0", False)):
        options = {**variable, "write_xing": xing}
        path = tmp_path / f"{xing}.mp3"
        written(path, loud_then_silent, rate=16_000, codec="libmp3lame", options=options)
        assert probe(path).faithful is faithful


def test_a_torn_mp3_is_measured_but_not_faithful(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp3", noise(80_000), rate=8000, codec="libmp3lame")
    path.write_bytes(path.read_bytes()[:-3000])
    found = probe(path)
    assert 0 < found.samples < 79_000
    assert not found.faithful


def test_a_wound_in_the_middle_is_skipped(tmp_path: Path) -> None:
    path = written(tmp_path / "a.flac", noise(80_000), rate=8000, codec="flac")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = b"\xaa" * 400
    path.write_bytes(data)
    found = probe(path)
    assert 60_000 < found.samples < 80_000
    assert not found.faithful


def test_one_damaged_packet_is_enough_to_be_unfaithful(tmp_path: Path) -> None:
    path = written(tmp_path / "a.m4a", noise(96_000), rate=48_000, codec="aac")
    whole = probe(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 60] = b"\xff" * 60
    path.write_bytes(data)
    wounded = probe(path)
    assert (whole.faithful, wounded.faithful) == (True, False)
    assert whole.samples - 2048 <= wounded.samples <= whole.samples


def test_headers_without_audio_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    for data, reason in (
        (b"", "no audio: the file is empty"),
        (wav(SECOND[:0]), "no audio: a 44-byte header and nothing behind it"),
        (riff(format_chunk(channels=2), chunk(b"data", b"\1\2\3")), "no audio: a 44-byte header"),
        (wav(SECOND)[:40], "not audio: a WAV header without a data chunk"),
    ):
        path.write_bytes(data)
        with pytest.raises(Unreadable, match=reason):
            probe(path)


def test_a_missing_file_is_not_called_unreadable(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        probe(tmp_path / "nothing.wav")
