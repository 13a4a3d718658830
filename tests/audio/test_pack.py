"""Packs: a FLAC file that any player plays, and the identical original, any bytes of it."""

import asyncio
import io
import shutil
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio.held import Held
from audio.recordings import (
    DEMO,
    EXTENSIBLE,
    MULAW,
    chunk,
    engine,
    format_chunk,
    heard,
    noise,
)
from dictabelt.audio import flac_metadata
from dictabelt.audio.pack import BESIDE, stride
from dictabelt.core.errors import StorageFailed, Unreadable
from dictabelt.core.media import Form, Mix, Signal, Variant
from dictabelt.core.ports import Blob

ENGINE = engine()
PACKER = ENGINE.packer
PATIENCE = 30
NEEDS_FLAC = pytest.mark.skipif(shutil.which("flac") is None, reason="no flac command here")
PCM = noise(90_000, 2).tobytes()
PCM24 = np.random.default_rng(5).integers(0, 256, 3 * 7_777, np.uint8).tobytes()
EXTENSION = struct.pack("<HHIH", 22, 24, 4, 1) + bytes.fromhex("000000001000800000aa00389b71")


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def lying() -> bytes:
    data = bytearray(riff(format_chunk(channels=2), chunk(b"data", PCM)))
    data[40:44] = bytes(4)
    return bytes(data)


STEREO = format_chunk(channels=2)
MONO24 = format_chunk(bits=24)
WIDE = format_chunk(tag=EXTENSIBLE, bits=24, more=EXTENSION)
LIST = chunk(b"LIST", b"INFO" + b"x" * 29)
# What `flac -d --keep-foreign-metadata` gives back, too
TRUE = {
    "plain": riff(STEREO, chunk(b"data", PCM)),
    "chunks before": riff(LIST, STEREO, chunk(b"fact", b"1234"), chunk(b"data", PCM)),
    "chunks behind": riff(STEREO, chunk(b"data", PCM), LIST, chunk(b"junk", b"")),
    "one sample": riff(format_chunk(), chunk(b"data", b"ab")),
    "24 bits": riff(WIDE, chunk(b"data", PCM24[:-3])),
    "24 bits, odd": riff(WIDE, chunk(b"data", PCM24), LIST),
}
# What it refuses, or writes with another header of its own
ODD = {
    "24 bits, short format": riff(MONO24, chunk(b"data", PCM24), LIST),
    "no padding": riff(MONO24, chunk(b"data", PCM24)[:-1]),
    "padding that is not 0": riff(MONO24, chunk(b"data", PCM24)[:-1] + b"x"),
    "a length of 0": lying(),
    "torn": TRUE["plain"][:-1001],
    "six channels": riff(format_chunk(channels=6), chunk(b"data", PCM[:120_000])),
    "garbage behind": riff(STEREO, chunk(b"data", PCM)) + b"\0\1\2",
}
ALL = TRUE | ODD | {it.name: it.read_bytes() for it in sorted(DEMO.glob("*pcm*.wav"))}


@dataclass(frozen=True)
class Case:
    """An original on the disk, and its pack."""

    path: Path
    data: bytes
    signal: Signal
    packed: bytes

    def opened(self, packed: bytes | None = None) -> tuple[Held, Blob]:
        source = Held(self.packed if packed is None else packed)
        size = len(self.data)
        return source, asyncio.run(PACKER.unpack(source, self.signal, size=size))


@pytest.fixture
def case(tmp_path: Path) -> Callable[[bytes], Case]:
    def made(data: bytes) -> Case:
        path = tmp_path / "original.wav"
        path.write_bytes(data)
        signal, out = ENGINE.probe(path), io.BytesIO()
        assert PACKER.packable(signal, len(data))
        PACKER.pack(path, signal, write=out.write)
        return Case(path, data, signal, out.getvalue())

    return made


def content(blob: Blob, start: int, end: int, step: int = 1 << 20) -> bytes:
    async def read() -> bytes:
        found = b""
        while piece := await blob.read(start + len(found), min(step, end - start - len(found))):
            found += piece
        return found

    return asyncio.run(read())


@pytest.mark.parametrize("name", ALL)
def test_a_pack_gives_the_original_back_bit_for_bit(
    name: str, case: Callable[[bytes], Case]
) -> None:
    it = case(ALL[name])
    source, original = it.opened()
    assert original.size == len(it.data)
    assert content(original, 0, original.size) == it.data
    asyncio.run(original.close())
    assert source.closed


@NEEDS_FLAC
@pytest.mark.parametrize("name", TRUE)
def test_so_does_the_flac_command(name: str, case: Callable[[bytes], Case], tmp_path: Path) -> None:
    packed, back = tmp_path / "packed.flac", tmp_path / "back.wav"
    packed.write_bytes(case(TRUE[name]).packed)
    decode = ["flac", "-d", "-s", "--keep-foreign-metadata", "-o", str(back), str(packed)]
    subprocess.run(decode, check=True, capture_output=True, timeout=PATIENCE)
    assert back.read_bytes() == TRUE[name]


@NEEDS_FLAC
@pytest.mark.parametrize("name", ALL)
def test_the_flac_command_finds_its_audio_whole(
    name: str, case: Callable[[bytes], Case], tmp_path: Path
) -> None:
    packed = tmp_path / "packed.flac"
    packed.write_bytes(case(ALL[name]).packed)
    subprocess.run(["flac", "-t", "-w", "-s", str(packed)], check=True, timeout=PATIENCE)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(draw=st.data())
def test_any_range_of_it_is_that_range_of_the_original(
    draw: st.DataObject, case: Callable[[bytes], Case]
) -> None:
    name = draw.draw(st.sampled_from(["chunks behind", "24 bits, odd", "no padding"]))
    it = case(ALL[name])
    _, original = it.opened()
    start = draw.draw(st.integers(0, len(it.data) + 5))
    end = draw.draw(st.integers(start, len(it.data) + 9))
    step = draw.draw(st.sampled_from([1 << 20, 4_097, 77_777]))
    assert content(original, start, end, step) == it.data[start:end]


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    channels=st.integers(1, 8),
    bits=st.sampled_from([16, 24]),
    rate=st.sampled_from([4_000, 8_000, 11_025, 44_101, 48_000, 192_001, 384_000]),
    samples=st.integers(1, 20_000),
)
def test_every_shape_of_pcm_is_given_back(
    channels: int, bits: int, rate: int, samples: int, case: Callable[[bytes], Case]
) -> None:
    rng = np.random.default_rng(samples)
    audio = rng.integers(0, 256, samples * channels * bits // 8, np.uint8).tobytes()
    it = case(riff(format_chunk(channels=channels, rate=rate, bits=bits), chunk(b"data", audio)))
    _, original = it.opened()
    assert content(original, 0, original.size) == it.data


def test_a_range_reads_the_frames_around_it_alone_and_none_twice(
    case: Callable[[bytes], Case],
) -> None:
    it = case(riff(STEREO, chunk(b"data", noise(600_000, 2).tobytes())))
    source, original = it.opened()
    metadata = source.read_bytes
    content(original, 1_200_000, 1_265_536)
    assert source.read_bytes - metadata < len(it.packed) / 3
    source, original = it.opened()
    metadata = source.read_bytes
    content(original, 0, original.size, 5_000)
    assert source.read_bytes - metadata <= len(it.packed)


def test_seek_points_are_ten_seconds_apart_or_two_mebibytes() -> None:
    signal = Signal("wav", "pcm_s16le", 8_000, 2, 10**6, faithful=True, offset=44)
    assert stride(signal) * 4096 / 8_000 == pytest.approx(10, abs=0.6)
    wide = replace(signal, codec="pcm_s24le", sample_rate=384_000, channels=8)
    assert stride(wide) * 4096 * 24 <= 2 * 1024 * 1024


def test_a_decoder_hears_the_same_from_the_pack(
    case: Callable[[bytes], Case], tmp_path: Path
) -> None:
    for name in ("plain", "24 bits, odd", "six channels"):
        it, packed = case(ALL[name]), tmp_path / "pack"
        packed.write_bytes(it.packed)
        for variant in (Variant(Form.WAV, Mix.MONO), Variant(Form.OPUS), Variant(Form.FLAC)):
            made = [io.BytesIO(), io.BytesIO()]
            for path, out in zip((it.path, packed), made, strict=True):
                ENGINE.render(path, it.signal, variant=variant, write=out.write)
            assert made[0].getvalue() == made[1].getvalue()
        ours = [
            ENGINE.analyse(path, it.signal, expected_seconds=None) for path in (it.path, packed)
        ]
        assert ours[0] == ours[1]


def test_views_are_made_of_a_pack_as_of_the_original(case: Callable[[bytes], Case]) -> None:
    it = case(ALL["a length of 0"])
    for variant in (Variant(Form.MP3), Variant(Form.WAV, Mix.RIGHT, 500, 3_500)):
        _, unpacked = it.opened()
        views = [
            ENGINE.view(from_, it.signal, variant=variant) for from_ in (Held(it.data), unpacked)
        ]
        direct, packed = (content(view, 0, view.size, 30_000) for view in views)
        assert direct == packed
    assert len(heard(direct)) == 24_000


def test_what_is_no_pcm_of_a_wav_is_not_packed(tmp_path: Path) -> None:
    signal = Signal("wav", "pcm_s16le", 8_000, 1, 1_000, faithful=True, offset=44)
    assert PACKER.packable(signal, 2_044)
    assert not PACKER.packable(replace(signal, codec="pcm_mulaw"), 1_044)
    assert not PACKER.packable(replace(signal, codec="pcm_f32le"), 4_044)
    assert not PACKER.packable(replace(signal, container="mp3", codec="mp3", offset=None), 999)
    assert not PACKER.packable(replace(signal, channels=9), 18_044)
    assert PACKER.packable(signal, 2_000 + BESIDE)
    assert not PACKER.packable(signal, 2_000 + BESIDE + 1)
    path = tmp_path / "g711.wav"
    path.write_bytes(riff(format_chunk(tag=MULAW, bits=8), chunk(b"data", PCM[:999])))
    assert not PACKER.packable(ENGINE.probe(path), path.stat().st_size)


def test_a_file_that_is_not_as_it_was_measured_is_not_packed(
    case: Callable[[bytes], Case],
) -> None:
    it, out = case(TRUE["plain"]), io.BytesIO()
    it.path.write_bytes(it.data[:-8_000])
    with pytest.raises(Unreadable):
        PACKER.pack(it.path, it.signal, write=out.write)
    assert not out.getvalue()


def test_an_estimate_is_near(case: Callable[[bytes], Case]) -> None:
    for name in ("plain", "pcm-16k-mono.wav", "taxi-pcm-8k-stereo.wav"):
        it = case(ALL[name])
        assert PACKER.estimate(it.path, it.signal) == pytest.approx(len(it.packed), rel=0.05)


@settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, 2**31), flip=st.integers(1, 255))
def test_a_damaged_pack_never_gives_other_bytes(
    place: int, flip: int, case: Callable[[bytes], Case]
) -> None:
    it = case(TRUE["24 bits, odd"])
    head = flac_metadata.length(it.packed) or 0
    # half of the damage in the metadata, which is small
    at = place // 2 % (head if place % 2 else len(it.packed))
    damaged = bytearray(it.packed)
    damaged[at] ^= flip
    try:
        found = content(it.opened(bytes(damaged))[1], 0, len(it.data))
    except StorageFailed:
        return
    # some bits of the metadata say nothing; every bit of the audio does
    assert at < head
    assert found == it.data


@pytest.mark.parametrize("left", [0, 3, 50, 400, 8_000])
def test_a_pack_that_was_cut_off_is_refused(left: int, case: Callable[[bytes], Case]) -> None:
    it = case(TRUE["24 bits, odd"])
    with pytest.raises(StorageFailed):
        content(it.opened(it.packed[:left])[1], 0, len(it.data))


def test_a_pack_of_another_original_is_refused(case: Callable[[bytes], Case]) -> None:
    it = case(TRUE["plain"])
    for signal, size in (
        (replace(it.signal, samples=it.signal.samples - 1), len(it.data)),
        (replace(it.signal, sample_rate=16_000), len(it.data)),
        (it.signal, len(it.data) + 2),
        (it.signal, len(it.data) - 1),
    ):
        source = Held(it.packed)
        with pytest.raises(StorageFailed):
            asyncio.run(PACKER.unpack(source, signal, size=size))
        assert source.closed
