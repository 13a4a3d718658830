"""Valid WAVs of every coding and container: our reader hears what FFmpeg hears, to the bit."""

import io
import shutil
import struct
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.resampler import AudioResampler

from audio.recordings import chunk, format_chunk, riff, wav
from dictabelt.audio.decode import sound, wave_layout
from dictabelt.audio.limits import Limits
from dictabelt.audio.riff import Layout, read_layout
from dictabelt.audio.samples import Block
from fuzz.waves import CODINGS, LIST, UNKNOWN, data_of, extensible, loose, wide

FRAMES = 480
TRUTH = np.random.default_rng(4).integers(-(2**31), 2**31, 2 * FRAMES).astype("<i4")
S32 = TRUTH.tobytes()
WIDTHS = {16: 2, 24: 3, 32: 4}


def body_of(tag: int, bits: int) -> bytes:
    """Stereo noise in any coding; floats within full scale."""
    if tag == 3:
        return (TRUTH / 2**31).astype(f"<f{bits // 8}").tobytes()
    return S32[: 2 * FRAMES * bits // 8]


def narrowed(used: int, taken: int) -> bytes:
    """The `used` upper bits of each sample, in `taken` bits of the file."""
    kept = (TRUTH & -(1 << (32 - used))).astype("<i4")
    return kept.view("u1").reshape(-1, 4)[:, 4 - WIDTHS[taken] :].tobytes()


def by_us(path: Path) -> Block:
    layout = layout_of(path)
    assert layout.codec is not None
    with sound(path, Limits()) as it:
        return np.concatenate(list(it.blocks))


def layout_of(path: Path) -> Layout:
    layout = wave_layout(path, Limits())
    assert layout is not None
    return layout


def by_ffmpeg(path: Path) -> Block:
    resampler = AudioResampler("s16")
    with av.open(str(path), "r") as container:
        frames = [it for frame in container.decode(audio=0) for it in resampler.resample(frame)]
    return np.hstack([frame.to_ndarray() for frame in frames]).reshape(-1, 2).astype(np.int16)


def kept(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("tag", "bits"), CODINGS)
def test_every_coding_in_every_container(tmp_path: Path, tag: int, bits: int) -> None:
    body = body_of(tag, bits)
    plain, long = (
        format_chunk(tag=tag, bits=bits, channels=2),
        extensible(tag, bits=bits, valid=bits, channels=2),
    )
    files = [riff(header, chunk(b"data", body)) for header in (plain, long)]
    files += [wide(it, body, form=form) for it in (plain, long) for form in (b"RF64", b"BW64")]
    files += [wide(plain, body, after=LIST), riff(LIST, plain, chunk(b"data", body), LIST)]
    heard = [by_us(kept(tmp_path / "a.wav", it)) for it in files]
    for data, ours in zip(files, heard, strict=True):
        path = kept(tmp_path / "a.wav", data)
        assert layout_of(path).faithful
        assert np.array_equal(ours, by_ffmpeg(path))
        assert np.array_equal(ours, heard[0])
    assert heard[0].shape == (FRAMES, 2)


@pytest.mark.parametrize(("used", "taken"), [(12, 16), (20, 24)])
def test_samples_that_do_not_fill_their_last_byte(tmp_path: Path, used: int, taken: int) -> None:
    body = narrowed(used, taken)
    headers = (
        loose(bits=used, align=2 * WIDTHS[taken], channels=2),
        extensible(1, bits=taken, valid=used, channels=2),
    )
    for header in headers:
        path = kept(tmp_path / "a.wav", riff(header, chunk(b"data", body)))
        ours = by_us(path)
        assert np.array_equal(ours, by_ffmpeg(path))
        assert np.array_equal(ours.ravel(), (TRUTH >> (32 - used) << (32 - used)) >> 16)


@pytest.mark.parametrize("used", [17, 20, 24])
def test_samples_that_leave_a_byte_empty_are_right_where_ffmpeg_is_not(
    tmp_path: Path, used: int
) -> None:
    """So the file itself must not be given to a player that is made of FFmpeg."""
    body = narrowed(used, 32)
    headers = (
        loose(bits=used, align=8, channels=2),
        extensible(1, bits=32, valid=used, channels=2),
    )
    for header in headers:
        path = kept(tmp_path / "a.wav", riff(header, chunk(b"data", body)))
        assert np.array_equal(by_us(path).ravel(), TRUTH >> 16)
        assert not layout_of(path).faithful
        assert not np.array_equal(by_ffmpeg(path), by_us(path))


def test_a_header_of_no_bits_is_read_by_its_block_size(tmp_path: Path) -> None:
    header = loose(bits=0, align=4, channels=2)
    path = kept(tmp_path / "a.wav", riff(header, chunk(b"data", body_of(1, 16))))
    assert np.array_equal(by_us(path).tobytes(), body_of(1, 16))
    assert not layout_of(path).faithful


@pytest.mark.parametrize(("bits", "align", "byte_rate"), [(24, 8, 6), (16, 8, 8), (24, 16, 16)])
def test_a_block_size_is_believed_only_where_it_makes_sense(
    bits: int, align: int, byte_rate: int
) -> None:
    fields = struct.pack("<HHIIHH", 1, 2, 8000, 8000 * byte_rate, align, bits)
    data = riff(chunk(b"fmt ", fields), chunk(b"data", S32))
    it = read_layout(io.BytesIO(data), len(data))
    assert (it.bits, it.faithful) == (bits, False)


def test_great_chunks_before_the_audio(tmp_path: Path) -> None:
    great = chunk(b"bext", bytes(602)) + chunk(b"junk", b"data" * 300_000)
    path = kept(tmp_path / "a.wav", riff(great, format_chunk(channels=2), data_of(S32, len(S32))))
    assert layout_of(path).offset == 36 + 8 + len(great)
    assert layout_of(path).faithful
    assert np.array_equal(by_us(path), by_ffmpeg(path))


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_s24le", "pcm_f32le", "pcm_mulaw"])
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
def test_rf64_as_ffmpeg_writes_it(tmp_path: Path, codec: str) -> None:
    source = kept(tmp_path / "a.wav", wav(TRUTH.view("<i2").reshape(-1, 2)))
    path = tmp_path / "b.wav"
    options = ["-y", "-v", "error", "-i", str(source), "-c:a", codec, "-rf64", "always", str(path)]
    subprocess.run(["ffmpeg", *options], check=True, timeout=60)
    assert path.read_bytes()[:4] == b"RF64"
    assert int.from_bytes(path.read_bytes()[4:8], "little") == UNKNOWN
    assert layout_of(path).faithful
    assert np.array_equal(by_us(path), by_ffmpeg(path))
