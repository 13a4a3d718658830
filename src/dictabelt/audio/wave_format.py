"""Reads the format chunk of a WAV: how its audio is coded.

Sources: Microsoft "Multiple Channel Audio Data and WAVE Files"; for samples that
do not fill their bytes, Microsoft and IBM "Multimedia Programming Interface and
Data Specifications 1.0", chapter 3, "Data Format of the Samples".
"""

import struct
from dataclasses import dataclass

from dictabelt.core.errors import Unreadable

_PCM, _ALAW, _MULAW, _EXTENSIBLE = 1, 6, 7, 0xFFFE
# The tail of every KSDATAFORMAT_SUBTYPE GUID made from a format tag
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_CODECS = {
    (1, 8): "pcm_u8",
    (1, 16): "pcm_s16le",
    (1, 24): "pcm_s24le",
    (1, 32): "pcm_s32le",
    (3, 32): "pcm_f32le",
    (3, 64): "pcm_f64le",
    (6, 8): "pcm_alaw",
    (7, 8): "pcm_mulaw",
}


@dataclass(frozen=True, slots=True)
class Coding:
    """`codec` is FFmpeg's name, or None for one that only FFmpeg decodes.

    `bits` are those that a sample takes in the file, used or not. `consistent`: all
    fields agree, so that every player reads them alike. `plain`: the shortest format
    chunk there is, of 16-bit PCM.
    """

    codec: str | None
    channels: int
    rate: int
    bits: int
    consistent: bool
    plain: bool

    @property
    def frame(self) -> int:
        """Bytes of one sample of every channel, by `bits`."""
        return self.channels * self.bits // 8


@dataclass(frozen=True, slots=True)
class _Fields:
    """The 16 bytes that every format chunk has, as written."""

    tag: int
    channels: int
    rate: int
    byte_rate: int
    align: int
    bits: int


def parse_coding(body: bytes) -> Coding:
    """The meaning of the first 40 bytes of a format chunk. Raises Unreadable."""
    if len(body) < 16:
        raise Unreadable("not audio: a WAV header with a torn format chunk")
    fields = _Fields(*struct.unpack_from("<HHIIHH", body))
    if fields.channels == 0:
        raise Unreadable("not audio: a WAV header of 0 channels")
    tag, valid = _extension(body) if fields.tag == _EXTENSIBLE else (fields.tag, 0)
    bits = _container(tag, fields)
    codec = _CODECS.get((tag, bits))
    return Coding(
        codec=codec,
        channels=fields.channels,
        rate=fields.rate,
        bits=bits,
        consistent=codec is None or _agree(fields, bits, valid=valid),
        plain=(fields.tag, fields.bits, len(body)) == (_PCM, 16, 16),
    )


def _extension(body: bytes) -> tuple[int, int]:
    """The format tag that the GUID is made from, and the valid bits; without one, its own tag."""
    made_from_tag = body[26:40] == _GUID_TAIL
    valid, _, tag = struct.unpack_from("<HIH", body, 18) if made_from_tag else (0, 0, _EXTENSIBLE)
    return tag, valid


def _container(tag: int, fields: _Fields) -> int:
    """Bits that a sample takes in the file."""
    if tag in {_ALAW, _MULAW}:
        return 8  # some writers put 0 or 16 there
    told = fields.align * 8 // fields.channels
    agreed = fields.byte_rate == fields.align * fields.rate
    # 8, 16 and 32 leave no room for doubt; 24 in 4 bytes, 20 in 3 and 0 are met
    odd = tag == _PCM and fields.bits not in {8, 16, 32} and fields.bits < told <= 32
    return told if odd and agreed else fields.bits


def _agree(fields: _Fields, bits: int, *, valid: int) -> bool:
    """Whether no field contradicts `bits`: FFmpeg unpacks by the valid ones and makes noise."""
    frame = fields.channels * bits // 8
    filled = fields.bits if fields.tag not in {_ALAW, _MULAW} else bits
    by_bytes = {-(-it // 8) * 8 for it in (filled, valid or bits)}
    return (fields.align, fields.byte_rate) == (frame, frame * fields.rate) and by_bytes == {bits}
