"""Hours of silence in a few kilobytes: FLAC frames of one constant each (RFC 9639)."""

import struct

BLOCK = 65_535
_RATE_CODE_8_KHZ = 4
_SIXTEEN_BITS = 4


def silent_flac(seconds: int) -> bytes:
    """Mono silence at 8 kHz; a second short of the next whole block at most."""
    frames = seconds * 8000 // BLOCK
    return b"fLaC" + _stream_info(frames * BLOCK) + b"".join(map(_frame, range(frames)))


def _stream_info(samples: int) -> bytes:
    shape = 8000 << 44 | 0 << 41 | 15 << 36 | samples
    body = struct.pack(">HH6xQ16x", BLOCK, BLOCK, shape)
    return struct.pack(">I", 0x80 << 24 | len(body)) + body


def _frame(number: int) -> bytes:
    codes = 7 << 12 | _RATE_CODE_8_KHZ << 8 | _SIXTEEN_BITS << 1
    head = struct.pack(">HH", 0xFFF8, codes) + _coded(number) + struct.pack(">H", BLOCK - 1)
    constant_zero = b"\0\0\0"
    body = head + bytes([_crc(head, 8, 0x07)]) + constant_zero
    return body + struct.pack(">H", _crc(body, 16, 0x8005))


def _coded(number: int) -> bytes:
    """As UTF-8 codes a character (RFC 9639 section 9.1.5)."""
    return chr(number).encode("utf-8", "surrogatepass")


def _crc(data: bytes, width: int, polynomial: int) -> int:
    top, mask, rest = 1 << (width - 1), (1 << width) - 1, 0
    for byte in data:
        rest ^= byte << (width - 8)
        for _ in range(8):
            rest = (rest << 1 ^ (polynomial if rest & top else 0)) & mask
    return rest
