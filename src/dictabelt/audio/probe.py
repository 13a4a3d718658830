"""Finds out what a file really holds, by decoding it."""

from pathlib import Path

from dictabelt.audio.decode import wave_layout
from dictabelt.audio.foreign import Decoding, decoding
from dictabelt.audio.limits import Limits
from dictabelt.audio.riff import Layout
from dictabelt.core.errors import Unreadable
from dictabelt.core.media import Signal

TOLERANCE = 0.050
"""Seconds by which a declared length, or a rendition, may differ from the decoded one."""


def probe(path: Path, limits: Limits) -> Signal:
    """Decodes everything once; PCM and G.711 need no decoding to be counted.

    `faithful`: a WAV's header is true; of any other file, nothing was damaged and the
    container's own length, if it has one, is within 50 ms of the decoded. That also finds
    MP3 of variable bit rate without, or with a false, Xing header. Raises Unreadable.
    """
    layout = wave_layout(path, limits)
    if layout is not None and layout.codec is not None:
        return _of_layout(layout, layout.codec)
    with decoding(path, limits) as it:
        return _of_decoding(it, layout)


def _of_layout(layout: Layout, codec: str) -> Signal:
    return Signal(
        container="wav",
        codec=codec,
        sample_rate=layout.rate,
        channels=layout.channels,
        samples=layout.samples,
        faithful=layout.faithful,
        offset=layout.offset,
    )


def _of_decoding(it: Decoding, layout: Layout | None) -> Signal:
    samples = sum(map(len, it.blocks()))
    sound, damaged = it.tally.sound, it.tally.damaged
    if damaged > sound or samples == 0:
        raise Unreadable(f"no audio: {damaged} of {damaged + sound} packets cannot be decoded")
    off = 0 if it.declared is None else abs(it.declared - samples / it.rate)
    sizes_are_true = layout is None or layout.faithful
    return Signal(
        container=it.container,
        codec=it.codec,
        sample_rate=it.rate,
        channels=it.channels,
        samples=samples,
        faithful=sizes_are_true and damaged == 0 and off <= TOLERANCE,
    )
