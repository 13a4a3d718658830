"""Reads the format chunk of a WAV: how its audio is coded.

Source: Microsoft "Multiple Channel Audio Data and WAVE Files".
"""

import struct
from dataclasses import dataclass

from dictabelt.core.errors import Unreadable

_ALAW, _MULAW, _EXTENSIBLE = 6, 7, 0xFFFE
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

    `consistent`: the derived fields (block size, bytes a second) agree with the others.
    `plain`: the shortest format chunk there is, of 16-bit PCM.
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


def parse_coding(body: bytes) -> Coding:
    """The meaning of the first 40 bytes of a format chunk. Raises Unreadable."""
    if len(body) < 16:
        raise Unreadable("not audio: a WAV header with a torn format chunk")
    declared, channels, rate, byte_rate, align, bits = struct.unpack_from("<HHIIHH", body)
    tag = _tag_in_guid(body) if declared == _EXTENSIBLE else declared
    if tag in {_ALAW, _MULAW}:
        bits = 8  # some writers put 0 or 16 there
    frame = channels * bits // 8
    codec = _CODECS.get((tag, bits))
    return Coding(
        codec=codec,
        channels=channels,
        rate=rate,
        bits=bits,
        consistent=codec is None or (align, byte_rate) == (frame, frame * rate),
        plain=(declared, bits, len(body)) == (1, 16, 16),
    )


def _tag_in_guid(body: bytes) -> int:
    """The format tag that an extensible header's GUID is made from; itself when of another make."""
    made_from_tag = body[26:40] == _GUID_TAIL
    return int.from_bytes(body[24:26], "little") if made_from_tag else _EXTENSIBLE
