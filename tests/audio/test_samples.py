"""Every PCM width and G.711 law, as FFmpeg decodes it, to the bit."""

import struct
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from audio.recordings import chunk, format_chunk, riff
from dictabelt.audio import foreign, pcm
from dictabelt.audio.decode import sound
from dictabelt.audio.limits import Limits
from dictabelt.audio.samples import Block, to_s16

CODINGS = [(1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64), (6, 8), (7, 8)]


def file_of(path: Path, *, tag: int, bits: int, body: bytes, channels: int = 2) -> Path:
    header = format_chunk(tag=tag, bits=bits, channels=channels)
    path.write_bytes(riff(header, chunk(b"data", body)))
    return path


def by_us(path: Path) -> Block:
    with sound(path, Limits()) as it:
        return np.concatenate(list(it.blocks))


def by_ffmpeg(path: Path) -> Block:
    resampler = AudioResampler("s16")
    with av.open(str(path), "r") as container:
        frames = [it for frame in container.decode(audio=0) for it in resampler.resample(frame)]
    return np.hstack([frame.to_ndarray() for frame in frames]).reshape(-1, 2).astype(np.int16)


def by_our_use_of_ffmpeg(path: Path) -> Block:
    with foreign.decoding(path, Limits()) as it:
        return np.concatenate(list(it.blocks()))


def any_body(tag: int, bits: int) -> bytes:
    """Every byte value in every place; floats a little beyond full scale."""
    random = np.random.default_rng(bits)
    if tag != 3:
        return bytes(range(256)) * 6 + random.bytes(4800)
    kind = "<f4" if bits == 32 else "<f8"
    return random.uniform(-1.2, 1.2, 4000).astype(kind).tobytes()


@pytest.mark.parametrize(("tag", "bits"), CODINGS)
def test_our_reader_and_ffmpeg_hear_the_same(tmp_path: Path, tag: int, bits: int) -> None:
    path = file_of(tmp_path / "a.wav", tag=tag, bits=bits, body=any_body(tag, bits))
    ours = by_us(path)
    assert np.array_equal(ours, by_ffmpeg(path))
    assert np.array_equal(ours, by_our_use_of_ffmpeg(path))
    assert ours.std() > 1000


def test_blocks_join_without_a_seam(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).integers(-(2**15), 2**15, (2 * pcm.BLOCK + 7) * 3, "<i2")
    path = file_of(tmp_path / "a.wav", tag=1, bits=16, channels=3, body=samples.tobytes())
    with sound(path, Limits()) as it:
        blocks = list(it.blocks)
    assert [len(block) for block in blocks] == [pcm.BLOCK, pcm.BLOCK, 7]
    assert np.array_equal(np.concatenate(blocks), samples.reshape(-1, 3))


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_floats_that_are_no_numbers_make_no_noise(kind: str) -> None:
    wild: NDArray[np.float64] = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 1.0, -1.0, 0.5])
    assert to_s16(wild.astype(kind)).tolist() == [
        0,
        32767,
        -32768,
        32767,
        -32768,
        32767,
        -32768,
        16384,
    ]


def test_a_file_that_shrinks_while_it_is_read_ends_early(tmp_path: Path) -> None:
    path = file_of(tmp_path / "a.wav", tag=1, bits=16, channels=2, body=bytes(4000))
    with sound(path, Limits()) as it:
        path.write_bytes(path.read_bytes()[: 44 + 1001])
        assert sum(len(block) for block in it.blocks) == 250


def test_g711_silence_is_nearly_zero(tmp_path: Path) -> None:
    for tag, code in ((7, 0xFF), (6, 0xD5)):
        body = struct.pack("B", code) * 100
        path = file_of(tmp_path / f"{tag}.wav", tag=tag, bits=8, body=body)
        assert np.abs(by_us(path)).max() <= 8
