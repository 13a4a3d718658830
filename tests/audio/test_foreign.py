"""What comes out of a cell: the very samples of FFmpeg, and nothing taken on trust."""

import json
import math
import os
import socket
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.audio.resampler import AudioResampler
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.recordings import noise, written
from dictabelt.audio.cell_words import EXIT, HEAD
from dictabelt.audio.cells import Cell, Cells
from dictabelt.audio.foreign import decoding
from dictabelt.audio.limits import Limits
from dictabelt.audio.probe import probe
from dictabelt.audio.samples import Block
from dictabelt.core.errors import Unreadable

FORMATS = [
    ("a.mp3", "libmp3lame", 16_000, 2),
    ("a.ogg", "libopus", 48_000, 2),
    ("a.flac", "flac", 8_000, 6),
    ("a.m4a", "aac", 44_100, 2),
    ("b.m4a", "alac", 8_000, 1),
    ("a.amr", "libopencore_amrnb", 8_000, 1),
    ("a.wav", "adpcm_ima_wav", 8_000, 1),
    ("b.wav", "adpcm_ms", 8_000, 2),
    ("a.aiff", "pcm_s16be", 8_000, 2),
]


@pytest.fixture(scope="module")
def limits() -> Limits:
    return Limits()


def heard(path: Path, limits: Limits) -> Block:
    with decoding(path, limits) as it:
        return np.concatenate(list(it.blocks()))


def by_ffmpeg(path: Path, channels: int) -> Block:
    resampler = AudioResampler("s16")
    with av.open(str(path), "r") as container:
        frames = [it for frame in container.decode(audio=0) for it in resampler.resample(frame)]
    packed: Block = np.hstack([it.to_ndarray() for it in frames]).astype(np.int16)
    return packed.reshape(-1, channels)


@pytest.mark.parametrize(("name", "codec", "rate", "channels"), FORMATS)
def test_what_a_cell_hears_is_what_ffmpeg_hears(
    tmp_path: Path, limits: Limits, *, name: str, codec: str, rate: int, channels: int
) -> None:
    path = written(tmp_path / name, noise(rate * 2, channels), rate=rate, codec=codec)
    assert np.array_equal(heard(path, limits), by_ffmpeg(path, channels))


def test_a_file_longer_than_one_message_comes_whole(tmp_path: Path, limits: Limits) -> None:
    audio = noise(300_000, 6)
    path = written(tmp_path / "a.flac", audio, rate=8000, codec="flac")
    assert np.array_equal(heard(path, limits), audio)


class Liar:
    """Starts cells that were taken over: they say what they were told to."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def start(self, media: int, request: bytes) -> Cell:
        reading, writing = os.pipe()
        ours, theirs = socket.socketpair()
        os.write(writing, self._said)
        theirs.send(EXIT.pack(0))
        os.close(writing)
        theirs.close()
        return Cell(reading, ours)


def lied_to(said: bytes) -> Limits:
    return Limits(cells=cast(Cells, Liar(said)))


def message(mark: bytes, body: bytes = b"", size: int | None = None) -> bytes:
    return HEAD.pack(mark, len(body) if size is None else size) + body


def opening(**facts: object) -> bytes:
    honest = {"container": "mp3", "codec": "mp3", "rate": 8000, "channels": 2, "declared": 1.0}
    return message(b"o", json.dumps(honest | facts).encode())


END = message(b"e", b'{"sound": 1, "damaged": 0}')


def test_an_honest_word_is_believed() -> None:
    found = probe(Path(__file__), lied_to(opening() + message(b"a", bytes(32_000)) + END))
    assert (found.samples, found.faithful) == (8000, True)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "failed"),
        (END, "nonsense"),
        (opening(), "failed"),
        (opening(rate=1), "sampled at 1 Hz"),
        (opening(channels=255), "255 channels"),
        (opening(rate="8000"), "nonsense"),
        (opening(declared=math.nan), "nonsense"),
        (opening(container="../../etc"), "nonsense"),
        (opening(codec="x" * 99), "nonsense"),
        (opening() + opening(), "nonsense"),
        (opening() + message(b"?"), "nonsense"),
        (opening() + message(b"a"), "nonsense"),
        (opening() + message(b"a", b"123"), "nonsense"),
        (opening() + message(b"a", b"1234", 400), "failed"),
        (opening() + message(b"a", size=2**32 - 4), "nonsense"),
        (opening() + message(b"a", bytes(4)) + message(b"e", b"{}"), "nonsense"),
        (opening() + message(b"e", b'{"sound": -1, "damaged": 0}'), "nonsense"),
        (opening() + message(b"e", b"[" * 500), "nonsense"),
        (message(b"r", b"a\x1b[31m\nb"), "^a\\[31mb$"),
        (message(b"r", bytes(999)), "nonsense"),
    ],
)
def test_a_cell_is_not_believed(said: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        probe(Path(__file__), lied_to(said))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.builds(message, st.sampled_from([b"o", b"a", b"e", b"r"]), st.binary(max_size=40)),
            st.sampled_from([opening(), END, message(b"a", bytes(400))]),
        ),
        max_size=6,
    )
)
def test_whatever_a_cell_says_is_audio_or_a_refusal(said: list[bytes]) -> None:
    try:
        with decoding(Path(__file__), lied_to(b"".join(said))) as it:
            shapes = {block.shape[1] for block in it.blocks()}
    except Unreadable:
        return
    assert shapes <= {2}
