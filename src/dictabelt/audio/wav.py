"""Writes the one WAV header that every player understands."""

import struct


def header(rate: int, channels: int, *, samples: int) -> bytes:
    """The 44-byte header of 16-bit PCM, or RF64's 80 bytes (EBU Tech 3306) beyond 4 GiB.

    `samples` counts per channel; the audio follows at once, interleaved, little-endian.
    """
    frame = channels * 2
    length = samples * frame
    coding = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * frame, frame, 16)
    if length + 36 < 0xFFFFFFFF:
        return _start(b"RIFF", length + 36) + coding + struct.pack("<4sI", b"data", length)
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, length + 72, length, samples, 0)
    return _start(b"RF64", 0xFFFFFFFF) + sizes + coding + struct.pack("<4sI", b"data", 0xFFFFFFFF)


def _start(form: bytes, size: int) -> bytes:
    return struct.pack("<4sI4s", form, size, b"WAVE")
