"""The demo files are what their names and the manifest say, heard by decoding them."""

import json
import struct
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.audio.stream import AudioStream

FOLDER = Path(str(files("dictabelt.demo_data")))
RECORDINGS: list[dict[str, Any]] = [
    recording
    for account in json.loads((FOLDER / "calls.json").read_text())["accounts"]
    for recording in account["recordings"]
]
MEDIA: list[dict[str, str]] = [media for it in RECORDINGS for media in it["media"]]


@dataclass(frozen=True)
class Format:
    container: str
    codec: str
    rate: int
    channels: int


# PyAV hears Opus at 48 kHz whatever it was made from.
FORMATS = {
    "pcm-8k-stereo.wav": Format("wav", "pcm_s16le", 8000, 2),
    "mulaw-8k-mono.wav": Format("wav", "pcm_mulaw", 8000, 1),
    "pcm-16k-mono.wav": Format("wav", "pcm_s16le", 16000, 1),
    "mp3-16k-mono.mp3": Format("mp3", "mp3float", 16000, 1),
    "opus-16k-mono.ogg": Format("ogg", "opus", 48000, 1),
    "header-lies.wav": Format("wav", "pcm_s16le", 8000, 1),
    "conference-8k-mono.wav": Format("wav", "pcm_s16le", 8000, 1),
    "visit-examination.opus": Format("ogg", "opus", 48000, 1),
    "visit-advice.wav": Format("wav", "pcm_mulaw", 8000, 1),
    "taxi-pcm-8k-stereo.wav": Format("wav", "pcm_s16le", 8000, 2),
    "taxi-mulaw-8k-mono.wav": Format("wav", "pcm_mulaw", 8000, 1),
}
CONTENT_TYPES = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".opus": "audio/opus",
    ".jpg": "image/jpeg",
}
STEREO = [name for name, it in FORMATS.items() if it.channels == 2]
HONEST = [name for name in FORMATS if name.endswith(".wav") and name != "header-lies.wav"]


@dataclass(frozen=True)
class Sound:
    """What a listener gets: `samples` is channels by time, full scale is 1."""

    format: Format
    samples: npt.NDArray[np.float32]

    @property
    def seconds(self) -> float:
        return float(self.samples.shape[1] / self.format.rate)

    def loudness(self, start: float, end: float) -> npt.NDArray[np.float64]:
        """Root mean square of each channel between two moments, in seconds."""
        part = self.samples[:, int(start * self.format.rate) : int(end * self.format.rate)]
        mean_square: npt.NDArray[np.float64] = np.mean(part.astype(np.float64) ** 2, axis=1)
        return np.sqrt(mean_square)


def listen(name: str) -> Sound:
    planar = av.AudioResampler(format="fltp")
    with av.open(FOLDER / name) as container:
        stream = container.streams.audio[0]
        decoded = [part for frame in container.decode(stream) for part in planar.resample(frame)]
        samples = np.concatenate([it.to_ndarray() for it in decoded], axis=1)
        return Sound(describe(container.format.name, stream), samples.astype(np.float32))


def describe(container: str, stream: AudioStream) -> Format:
    return Format(container, stream.codec.name, stream.rate, stream.channels)


def sizes_in_header(name: str) -> tuple[int, int]:
    """The sizes that a WAV claims: of the RIFF chunk (RIFF, byte 4) and of its data chunk."""
    data = (FOLDER / name).read_bytes()
    assert (data[:4], data[8:12]) == (b"RIFF", b"WAVE")
    at = 12
    while data[at : at + 4] != b"data":
        at += 8 + int(struct.unpack_from("<I", data, at + 4)[0])
    return struct.unpack_from("<I", data, 4)[0], struct.unpack_from("<I", data, at + 4)[0]


def test_the_manifest_names_every_file_once_and_no_other() -> None:
    present = [it.name for it in FOLDER.iterdir() if it.suffix in CONTENT_TYPES]
    assert Counter(media["file"] for media in MEDIA) == Counter(present)


def test_every_sound_has_a_known_format() -> None:
    assert {it["file"] for it in MEDIA if it["kind"] == "audio"} == set(FORMATS)


def test_no_two_files_have_the_same_bytes() -> None:
    digests = {sha256((FOLDER / it["file"]).read_bytes()).digest() for it in MEDIA}
    assert len(digests) == len(MEDIA)


def test_all_files_together_stay_under_two_million_bytes() -> None:
    assert sum(it.stat().st_size for it in FOLDER.iterdir() if it.is_file()) < 2_000_000


@pytest.mark.parametrize("media", MEDIA, ids=lambda it: it["file"])
def test_kind_and_content_type_are_those_of_the_file(media: dict[str, str]) -> None:
    expected = CONTENT_TYPES[Path(media["file"]).suffix]
    assert (media["content_type"], media["kind"]) == (expected, expected.partition("/")[0])


@pytest.mark.parametrize("name", FORMATS)
def test_a_sound_decodes_to_the_format_its_name_says(name: str) -> None:
    assert listen(name).format == FORMATS[name]


@pytest.mark.parametrize("name", FORMATS)
def test_a_call_lasts_six_to_twenty_seconds_and_is_neither_silent_nor_clipped(name: str) -> None:
    sound = listen(name)
    assert 6 <= sound.seconds <= 20
    assert (sound.loudness(0, sound.seconds) > 0.02).all()
    assert np.abs(sound.samples).max() < 0.9


@pytest.mark.parametrize("name", STEREO)
def test_the_agent_answers_on_the_right_and_the_caller_speaks_next_on_the_left(name: str) -> None:
    sound = listen(name)
    caller, agent = sound.loudness(0, 1)
    assert agent > 10 * caller
    seconds = [sound.loudness(at, at + 1) for at in range(int(sound.seconds))]
    assert any(left > 10 * right for left, right in seconds)


def test_the_lying_header_claims_nothing_while_all_of_the_audio_is_there() -> None:
    size = (FOLDER / "header-lies.wav").stat().st_size
    assert sizes_in_header("header-lies.wav") == (0, 0)
    sound = listen("header-lies.wav")
    assert sound.seconds > 5
    assert sound.samples.shape == (1, (size - 44) // 2)


@pytest.mark.parametrize("name", HONEST)
def test_every_other_wav_claims_its_true_size(name: str) -> None:
    file_size = (FOLDER / name).stat().st_size
    riff, audio = sizes_in_header(name)
    width = {"pcm_s16le": 2, "pcm_mulaw": 1}[FORMATS[name].codec]
    assert riff == file_size - 8
    assert audio == listen(name).samples.size * width


def test_the_mp3_keeps_32_kilobits_in_every_frame() -> None:
    with av.open(FOLDER / "mp3-16k-mono.mp3") as container:
        sizes = {it.size for it in container.demux(audio=0) if it.size}
    # MPEG-2 layer III: 576 samples a frame, 36 ms at 16 kHz, 32,000 bits a second.
    assert sizes == {144}


@pytest.mark.parametrize("name", ["opus-16k-mono.ogg", "visit-examination.opus"])
def test_opus_takes_about_24_kilobits_a_second(name: str) -> None:
    bits = (FOLDER / name).stat().st_size * 8
    assert 16_000 < bits / listen(name).seconds < 32_000


def test_the_picture_is_a_small_jpeg_that_decodes() -> None:
    path = FOLDER / "visit-whiteboard.jpg"
    data = path.read_bytes()
    assert (data[:3], data[-2:]) == (b"\xff\xd8\xff", b"\xff\xd9")
    assert len(data) < 15_000
    with av.open(path) as container:
        codec = container.streams.video[0].codec.name
        (frame,) = container.decode(video=0)
    assert codec == "mjpeg"
    assert len(np.unique(frame.to_ndarray(format="gray"))) > 10
