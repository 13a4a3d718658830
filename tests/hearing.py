"""What a listener hears: audio decoded by FFmpeg's libraries."""

import io
from dataclasses import dataclass

import av


@dataclass(frozen=True)
class Heard:
    """Decoded length in seconds, and channels."""

    seconds: float
    channels: int


def heard(data: bytes) -> Heard:
    """Decodes all of `data`."""
    samples = 0
    with av.open(io.BytesIO(data), mode="r") as container:
        stream = container.streams.audio[0]
        for frame in container.decode(stream):
            samples += frame.samples
        return Heard(samples / stream.rate, stream.channels)
