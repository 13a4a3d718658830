"""Opens any recording: WAV by our own reader where it can be, everything else by FFmpeg."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dictabelt.audio import foreign, pcm
from dictabelt.audio.limits import Limits
from dictabelt.audio.riff import Layout, is_riff_wave, read_layout
from dictabelt.audio.samples import Block
from dictabelt.audio.sniff import HEAD, foreign_matter
from dictabelt.core.errors import Unreadable


@dataclass(frozen=True, slots=True)
class Sound:
    """Audio that is being decoded, to be read once."""

    rate: int
    channels: int
    blocks: Iterator[Block]


def wave_layout(path: Path, limits: Limits) -> Layout | None:
    """The layout of a WAV, or None for another format. Raises Unreadable for what is no audio."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        if not head:
            raise Unreadable("no audio: the file is empty")
        if not is_riff_wave(head):
            _refuse_foreign_matter(head)
            return None
        layout = read_layout(file, path.stat().st_size)
    limits.admit_shape(layout.rate, layout.channels)
    if layout.length == 0:
        raise Unreadable(f"no audio: a {layout.offset}-byte header and nothing behind it")
    if layout.codec is not None:
        limits.admit_length(layout.samples, rate=layout.rate, channels=layout.channels)
    return layout


@contextmanager
def sound(path: Path, limits: Limits) -> Iterator[Sound]:
    """The audio of `path`, whatever its format. Raises Unreadable, also while it is read."""
    layout = wave_layout(path, limits)
    if layout is not None and layout.codec is not None:
        with path.open("rb") as file:
            yield Sound(layout.rate, layout.channels, pcm.read_blocks(file, layout))
    else:
        with foreign.decoding(path, limits) as it:
            yield Sound(it.rate, it.channels, it.blocks())


def _refuse_foreign_matter(head: bytes) -> None:
    matter = foreign_matter(head)
    if matter is not None:
        raise Unreadable(f"not audio: looks like {matter}")
