"""Audio made on the spot: tones as WAV files, and bytes that only claim to be audio."""

import io
import math
import wave
from array import array
from collections.abc import AsyncIterator

NOT_AUDIO = b"<!doctype html><title>404</title>" * 20
PICTURE = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
_LOUDNESS = 9_000


def tone(seconds: float, *pitches: int, rate: int = 8_000) -> bytes:
    """PCM of 16 bits as a WAV file, a channel for each pitch in Hz."""
    samples = array("h")
    for position in range(round(seconds * rate)):
        for pitch in pitches:
            samples.append(int(_LOUDNESS * math.sin(math.tau * pitch * position / rate)))
    return wave_file(samples.tobytes(), channels=len(pitches), rate=rate)


def silence(seconds: int, rate: int = 8_000) -> bytes:
    """Mono silence as a WAV file."""
    return wave_file(bytes(2 * seconds * rate), channels=1, rate=rate)


def wave_file(pcm: bytes, *, channels: int, rate: int) -> bytes:
    """Interleaved 16-bit samples under a true header."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(pcm)
    return file.getvalue()


async def chunks(data: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    """`data` as an upload brings it."""
    for start in range(0, len(data), size):
        yield data[start : start + size]
