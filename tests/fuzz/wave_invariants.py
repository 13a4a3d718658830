"""What holds of the WAV reader whatever it is given; the fuzzer and the suite share it."""

import io
import re
import struct
from dataclasses import dataclass
from typing import BinaryIO, cast

import numpy as np

from dictabelt.audio import pcm, wav
from dictabelt.audio.limits import Limits
from dictabelt.audio.riff import Layout, is_riff_wave, read_layout
from dictabelt.audio.samples import Block
from dictabelt.core.errors import Unreadable


@dataclass(slots=True)
class Metered:
    """A file of bytes that counts what is asked of it."""

    file: io.BytesIO
    size: int
    calls: int = 0
    most: int = 0
    total: int = 0

    def seek(self, position: int, /) -> int:
        assert 0 <= position <= self.size
        return self.file.seek(position)

    def read(self, count: int, /) -> bytes:
        self.calls, self.most, self.total = (
            self.calls + 1,
            max(self.most, count),
            self.total + count,
        )
        return self.file.read(count)


def metered(data: bytes, size: int) -> Metered:
    """`data` as a file that is expected to have `size` bytes."""
    return Metered(io.BytesIO(data), size)


def hold(data: bytes) -> Layout | None:
    """Reads `data`, also torn in the middle; gives the layout, or None for a refusal."""
    if not is_riff_wave(data[:12]):
        return None
    _torn(data)
    layout = _read(data, len(data))
    if layout is not None:
        _is_within(layout, data)
        _is_as_faithful_as_it_says(layout, data)
        if layout.codec is not None:
            _sounds(layout, data)
    return layout


def _read(data: bytes, size: int) -> Layout | None:
    """Either a layout or an Unreadable in plain words, by a bounded number of small reads."""
    file = metered(data, size)
    try:
        return read_layout(cast(BinaryIO, file), size)
    except Unreadable as refusal:
        _is_plain_words(refusal)
        return None
    finally:
        # three walks over chunks of at least 8 bytes, two reads for each; and the format
        assert file.calls <= 6 * (size // 8) + 4
        assert file.most <= 40


def _is_plain_words(refusal: Unreadable) -> None:
    assert re.fullmatch("not audio: a (torn )?WAV header.*", str(refusal))


def _torn(data: bytes) -> None:
    """A file may shrink between the question for its size and the reading."""
    torn = data[: len(data) // 2]
    layout = _read(torn, len(data))
    if layout is not None and layout.codec is not None:
        assert sum(len(it) for it in _blocks(layout, torn)) <= layout.samples


def _is_within(layout: Layout, data: bytes) -> None:
    assert 12 <= layout.offset <= layout.offset + layout.length <= len(data)
    assert layout.channels > 0


def _sounds(layout: Layout, data: bytes) -> None:
    assert layout.samples * layout.frame == layout.length
    blocks = _blocks(layout, data)
    assert sum(len(it) for it in blocks) == layout.samples
    if layout.samples and _is_admitted(layout):
        _is_read_again(layout, np.concatenate(blocks))


def _blocks(layout: Layout, data: bytes) -> list[Block]:
    file = metered(data, len(data))
    blocks = list(pcm.read_blocks(cast(BinaryIO, file), layout))
    assert file.total <= 2 * layout.length
    assert file.most <= min(layout.length, pcm.BLOCK * layout.frame)
    for block in blocks:
        assert block.dtype == np.int16
        assert block.shape == (len(block), layout.channels)
        assert 0 < len(block) <= pcm.BLOCK
    return blocks


def _is_admitted(layout: Layout) -> bool:
    try:
        Limits().admit_shape(layout.rate, layout.channels)
    except Unreadable:
        return False
    return True


def _is_read_again(layout: Layout, audio: Block) -> None:
    """What we write of it is plain, and is the same."""
    header = wav.header(layout.rate, layout.channels, samples=layout.samples)
    data = header + audio.astype("<i2").tobytes()
    again = read_layout(io.BytesIO(data), len(data))
    assert (again.plain, again.faithful) == (True, True)
    assert (again.rate, again.channels, again.samples) == (
        layout.rate,
        layout.channels,
        layout.samples,
    )
    assert np.array_equal(np.concatenate(_blocks(again, data)), audio)


def _is_as_faithful_as_it_says(layout: Layout, data: bytes) -> None:
    assert layout.faithful or not layout.plain
    if layout.faithful:
        assert _by_the_letter(data) == (layout.offset, layout.length)
    if layout.plain:
        assert data[:44] == wav.header(layout.rate, layout.channels, samples=layout.samples)
        assert len(data) == 44 + layout.length


def _by_the_letter(data: bytes) -> tuple[int, int] | None:
    """Where a reader that believes every size finds the audio, and how much."""
    narrow = data[:4] == b"RIFF"
    if not narrow and data[12:16] != b"ds64":
        return None
    position = 12
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        if name == b"data":
            return position + 8, size if narrow else struct.unpack_from("<Q", data, 28)[0]
        position += 8 + size + size % 2
    return None
