"""A cell: decodes one file that it was handed, tells what it hears on a pipe, and ends."""

import json
import os
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dictabelt.audio.cell_ffmpeg import Stream, decoding
from dictabelt.audio.cell_walls import confine, grant
from dictabelt.audio.cell_words import HEAD, Facts, Word
from dictabelt.audio.limits import Limits
from dictabelt.audio.samples import Block
from dictabelt.core.errors import Unreadable

_MESSAGE = 256 * 1024


def decode(media: int, pipe: int, *, request: bytes, warden: int) -> None:
    """Decodes the open file `media` within the limits that `request` holds as JSON."""
    limits = Limits(**json.loads(request))
    with open(media, "rb", buffering=0) as file:
        confine(limits, warden=warden)
        try:
            with decoding(file, limits) as stream:
                _tell(pipe, stream, limits)
        except Unreadable as refusal:
            _say(pipe, Word.REFUSED, str(refusal).encode())


def _tell(pipe: int, stream: Stream, limits: Limits) -> None:
    counted = {"sound": 0, "damaged": 0}
    _state(
        pipe,
        Word.OPENED,
        {
            "container": stream.container,
            "codec": stream.codec,
            "rate": stream.rate,
            "channels": stream.channels,
            "declared": stream.declared,
        },
    )
    told = 0
    for message in _gathered(_sound(stream, counted), stream.channels):
        _say(pipe, Word.AUDIO, message.data.cast("B"))
        told += message.size
        grant(limits, seconds=told / stream.channels / stream.rate)
    _state(pipe, Word.ENDED, counted)


def _sound(stream: Stream, counted: dict[str, int]) -> Iterator[Block]:
    for block in stream.blocks():
        counted["damaged" if block is None else "sound"] += 1
        if block is not None:
            yield block


def _gathered(blocks: Iterator[Block], channels: int) -> Iterator[NDArray[np.int16]]:
    """Few large messages instead of many small ones; each is to be used before the next."""
    room = np.empty(_MESSAGE // 2 // channels * channels, np.int16)
    filled = 0
    for block in blocks:
        rest = block.reshape(-1)
        while rest.size:
            piece = rest[: room.size - filled]
            room[filled : filled + piece.size] = piece
            rest, filled = rest[piece.size :], filled + piece.size
            if filled == room.size:
                yield room
                filled = 0
    if filled:
        yield room[:filled]


def _state(pipe: int, word: Word, facts: Facts) -> None:
    _say(pipe, word, json.dumps(facts).encode())


def _say(pipe: int, word: Word, body: bytes | memoryview) -> None:
    head = HEAD.pack(word.value, len(body))
    written = os.writev(pipe, [head, body]) - len(head)
    while written < len(body):
        written += os.write(pipe, body[written:])
