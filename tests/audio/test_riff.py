"""The RIFF reader: true headers, lying headers, hostile headers."""

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.recordings import EXTENSIBLE, MULAW, chunk, format_chunk, noise, riff, wav
from dictabelt.audio.riff import MAX_CHUNKS, Layout, is_riff_wave, read_layout
from dictabelt.core.errors import Unreadable

AUDIO = noise(1000).astype("<i2").tobytes()
LIST = chunk(b"LIST", b"INFOISFT\x05\0\0\0abcd\0\0")
UNKNOWN = 0xFFFFFFFF


def layout(data: bytes) -> Layout:
    return read_layout(io.BytesIO(data), len(data))


def data_claiming(size: int, *, audio: bytes = AUDIO, before: bytes = b"", bits: int = 16) -> bytes:
    """A WAV whose data chunk says `size` and whose RIFF size is true."""
    return riff(format_chunk(bits=bits), before, b"data" + struct.pack("<I", size) + audio)


def ds64(*, riff: int, data: int) -> bytes:
    return chunk(b"ds64", struct.pack("<QQQI", riff, data, 0, 0))


def audio_of(data: bytes) -> bytes:
    it = layout(data)
    return data[it.offset : it.offset + it.length]


def test_the_plainest_wav_is_plain_and_faithful() -> None:
    assert layout(wav(noise(1000, 2), 16_000)) == Layout(
        codec="pcm_s16le",
        rate=16_000,
        channels=2,
        bits=16,
        offset=44,
        length=4000,
        faithful=True,
        plain=True,
    )


def test_chunks_around_the_audio_are_legal_but_not_plain() -> None:
    it = layout(riff(format_chunk(), LIST, chunk(b"data", AUDIO), LIST))
    assert (it.offset, it.length, it.faithful, it.plain) == (44 + len(LIST), 2000, True, False)


@pytest.mark.parametrize("size", [0, 1, 1991, 2001, 123_456, 0x7FFFF000, UNKNOWN - 1, UNKNOWN])
def test_a_size_that_lies_is_not_believed(size: int) -> None:
    data = data_claiming(size)
    assert audio_of(data) == AUDIO
    assert not layout(data).faithful


@pytest.mark.parametrize("size", [500, 501])
def test_a_size_is_believed_when_chunks_follow(size: int) -> None:
    data = data_claiming(size, audio=AUDIO[: size + size % 2] + LIST, bits=8)
    assert audio_of(data) == AUDIO[:size]
    assert layout(data).faithful


def test_a_recorder_that_died_leaves_its_first_size_and_more_audio() -> None:
    assert audio_of(data_claiming(800)) == AUDIO


def test_audio_shorter_than_a_chunk_header_is_audio() -> None:
    assert audio_of(data_claiming(0, audio=AUDIO[:6])) == AUDIO[:6]


def test_an_empty_data_chunk_before_other_chunks_is_empty() -> None:
    assert layout(riff(format_chunk(), chunk(b"data", b""), LIST)).length == 0


def test_a_forgotten_pad_byte_does_not_lose_the_audio() -> None:
    for unpadded in (b"junk\x03\0\0\0abc", b"junk\x03\0\0\0abcLIST\x03\0\0\0abc"):
        data = data_claiming(len(AUDIO), before=unpadded)
        assert audio_of(data) == AUDIO
        assert not layout(data).faithful  # who expects the byte finds no audio


def test_a_torn_chunk_behind_the_audio_is_no_audio() -> None:
    data = data_claiming(len(AUDIO), audio=AUDIO + LIST[:-1])
    assert audio_of(data) == AUDIO


def test_audio_is_whole_frames_and_half_of_one_is_a_lie() -> None:
    it = layout(riff(format_chunk(channels=2), chunk(b"data", AUDIO[:-1])))
    assert (it.length, it.samples, it.faithful) == (1996, 499, False)


def test_a_byte_too_many_is_not_plain() -> None:
    data = data_claiming(len(AUDIO), audio=AUDIO + b"\0")
    assert (layout(data).length, layout(data).plain) == (2000, False)


def test_a_riff_size_off_by_one_is_not_plain() -> None:
    for size in (2035, 2037):
        assert not layout(riff(format_chunk(), chunk(b"data", AUDIO), size=size)).plain


def test_the_first_of_two_format_chunks_counts() -> None:
    it = layout(riff(format_chunk(), format_chunk(bits=8), chunk(b"data", AUDIO)))
    assert (it.bits, it.samples) == (16, 1000)


@pytest.mark.parametrize("form", [b"RF64", b"BW64"])
def test_beyond_4_gib_sizes_stand_in_their_own_chunk(form: bytes) -> None:
    head = ds64(riff=4 + 36 + 24 + 8 + 2000, data=2000)
    body = b"data" + struct.pack("<I", UNKNOWN) + AUDIO
    it = layout(riff(head, format_chunk(), body, size=UNKNOWN, form=form))
    assert (it.length, it.faithful) == (2000, True)


def test_a_64_bit_size_may_lie_too() -> None:
    body = b"data" + struct.pack("<I", UNKNOWN) + AUDIO
    for claim in (7, 2**40, 2**64 - 1):
        head = ds64(riff=claim, data=claim)
        it = layout(riff(head, format_chunk(), body, size=UNKNOWN, form=b"RF64"))
        assert (it.length, it.faithful) == (2000, False)


def test_64_bit_sizes_count_only_where_they_belong() -> None:
    head = ds64(riff=4 + 36 + 24 + len(LIST) + 8 + 2000, data=2000)
    body = b"data" + struct.pack("<I", UNKNOWN) + AUDIO
    late = riff(LIST, head, format_chunk(), body, size=UNKNOWN, form=b"RF64")
    assert (audio_of(late), layout(late).faithful) == (AUDIO, False)
    foreign = riff(head, format_chunk(), LIST, body, size=UNKNOWN)
    assert (audio_of(foreign), layout(foreign).faithful) == (AUDIO, False)
    absent = riff(format_chunk(), chunk(b"data", AUDIO), form=b"RF64")
    assert (audio_of(absent), layout(absent).faithful, layout(absent).plain) == (
        AUDIO,
        False,
        False,
    )


def test_a_narrow_riff_size_is_not_replaced_by_the_wide_one() -> None:
    body = b"data" + struct.pack("<I", UNKNOWN) + AUDIO
    it = layout(riff(ds64(riff=0, data=2000), format_chunk(), body, form=b"RF64"))
    assert (it.length, it.faithful) == (2000, True)


def test_a_narrow_size_beside_another_wide_one_is_not_faithful() -> None:
    head = ds64(riff=4 + 36 + 24 + 8 + 2000, data=1000)
    it = layout(riff(head, format_chunk(), chunk(b"data", AUDIO), size=UNKNOWN, form=b"RF64"))
    assert (it.length, it.faithful) == (2000, False)


@pytest.mark.parametrize("size", [0, 36, UNKNOWN])
def test_a_false_riff_size_is_not_faithful(size: int) -> None:
    it = layout(riff(format_chunk(), chunk(b"data", AUDIO), size=size))
    assert (it.length, it.faithful) == (2000, False)


def test_a_false_byte_rate_is_not_faithful() -> None:
    lying = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 2, 16)
    it = layout(riff(chunk(b"fmt ", lying), chunk(b"data", AUDIO)))
    assert (it.length, it.faithful) == (2000, False)


@pytest.mark.parametrize(
    ("tag", "bits", "codec"),
    [
        (1, 8, "pcm_u8"),
        (1, 16, "pcm_s16le"),
        (1, 24, "pcm_s24le"),
        (1, 32, "pcm_s32le"),
        (3, 32, "pcm_f32le"),
        (3, 64, "pcm_f64le"),
        (6, 8, "pcm_alaw"),
        (7, 8, "pcm_mulaw"),
        (2, 4, None),
        (0x31, 0, None),
    ],
)
def test_codings_are_told_apart_also_in_extensible_headers(
    tag: int, bits: int, codec: str | None
) -> None:
    guid = struct.pack("<H", tag) + bytes.fromhex("000000001000800000aa00389b71")
    more = struct.pack("<HHI", 22, bits, 0) + guid
    for header in (
        format_chunk(tag=tag, bits=bits),
        format_chunk(tag=EXTENSIBLE, bits=bits, more=more),
    ):
        assert layout(riff(header, chunk(b"data", bytes(480)))).codec == codec


def test_a_guid_of_another_make_is_left_to_ffmpeg() -> None:
    more = struct.pack("<HHI", 22, 16, 0) + b"\x01\0" + bytes(14)
    header = format_chunk(tag=EXTENSIBLE, more=more)
    assert layout(riff(header, chunk(b"data", AUDIO))).codec is None


@pytest.mark.parametrize("bits", [0, 8, 16])
def test_mulaw_is_eight_bits_whatever_is_written(bits: int) -> None:
    it = layout(riff(format_chunk(tag=MULAW, bits=bits), chunk(b"data", AUDIO)))
    assert (it.codec, it.bits, it.samples) == ("pcm_mulaw", 8, 2000)


def test_100_000_junk_chunks_do_not_hide_the_audio() -> None:
    data = data_claiming(len(AUDIO), before=b"junk\0\0\0\0" * 100_000)
    assert audio_of(data) == AUDIO


def test_endless_chunks_are_given_up() -> None:
    data = riff(format_chunk(), b"junk\0\0\0\0" * (MAX_CHUNKS + 1))
    with pytest.raises(Unreadable, match="more than 250000 chunks"):
        layout(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (riff(format_chunk()), "without a data chunk"),
        (riff(chunk(b"data", AUDIO)), "without a format chunk"),
        (riff(chunk(b"fmt ", b"\1\0"), chunk(b"data", AUDIO)), "torn format chunk"),
        (riff(format_chunk(channels=0), chunk(b"data", AUDIO)), "of 0 channels"),
        (riff(format_chunk(), b"junk\xff\xff\xff\x7f", chunk(b"data", AUDIO)), "without a data"),
    ],
)
def test_headers_that_lead_nowhere_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        layout(data)


def test_every_torn_end_is_audio_or_a_refusal() -> None:
    data = riff(format_chunk(), LIST, chunk(b"data", AUDIO))
    for end in range(12, len(data)):
        try:
            found = audio_of(data[:end])
        except Unreadable:
            assert end < 44 + len(LIST)
        else:
            assert found == AUDIO[: len(found)]
            assert end - 44 - len(LIST) - len(found) in (0, 1)


@given(st.integers(0, UNKNOWN))
def test_whatever_the_data_size_says_no_audio_is_lost(size: int) -> None:
    assert audio_of(data_claiming(size)) == AUDIO or size in range(len(AUDIO) - 8, len(AUDIO))


def test_only_wave_forms_are_ours() -> None:
    assert is_riff_wave(b"RIFF\0\0\0\0WAVE")
    assert not is_riff_wave(b"RIFF\0\0\0\0AVI ")
    assert not is_riff_wave(b"FORM\0\0\0\0AIFF")
    assert not is_riff_wave(b"RIFF")


def test_a_file_that_shrinks_meanwhile_is_a_refusal(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(noise(100))[:30])
    with path.open("rb") as file, pytest.raises(Unreadable, match="torn"):
        read_layout(file, 1000)
