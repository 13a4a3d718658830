"""Audio that our own reader does not know: decoded in a cell, whose word is not believed."""

import json
import math
import os
import re
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dictabelt.audio.cell_words import HEAD, LARGEST, Word
from dictabelt.audio.cells import Cell, Lost
from dictabelt.audio.limits import Limits
from dictabelt.audio.samples import Block
from dictabelt.core.errors import Unreadable

_ASKED = ("seconds", "channels", "bytes", "cpu_seconds", "pace", "memory")
_NAME = re.compile(r"[a-z0-9_,]{1,60}")
_TEXT = 512
_DAMAGED = "not audio, or damaged beyond reading"


@dataclass(slots=True)
class Tally:
    """How much was read so far; of packets, known when all blocks were read."""

    seconds: float = 0.0
    sound: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class Decoding:
    """An open file: what FFmpeg says it is, and its audio, to be read once.

    `declared` is the container's own word on its length in seconds, if it has one.
    """

    container: str
    codec: str
    rate: int
    channels: int
    declared: float | None
    tally: Tally
    listener: "_Listener" = field(repr=False)

    def blocks(self) -> Iterator[Block]:
        """The audio at one rate and number of channels, without the damaged parts."""
        return self.listener.blocks(self.rate, self.channels)


@contextmanager
def decoding(path: Path, limits: Limits) -> Iterator[Decoding]:
    """Opens `path` in a cell. Raises Unreadable, also while the audio is read.

    Raises Internal when no cell is to be had, or it ended by no fault of the file.
    """
    with path.open("rb") as file:
        try:
            opened = _opened(file.fileno(), limits)
        except Lost:  # a warden that is killed takes along the jobs that it has not begun
            opened = _opened(file.fileno(), limits)
        with closing(opened.listener.cell):
            yield opened


def _opened(media: int, limits: Limits) -> Decoding:
    os.lseek(media, 0, os.SEEK_SET)
    asked = {name: getattr(limits, name) for name in _ASKED}
    cell = limits.cells.start(media, json.dumps(asked).encode())
    try:
        return _Listener(cell, limits, Tally()).opening()
    except BaseException:
        cell.close()
        raise


@dataclass(frozen=True, slots=True)
class _Listener:
    """Reads what a cell writes. Raises Unreadable for a cell that refuses, dies or talks nonsense.

    A file that took over its decoder must gain nothing by it: sizes, shapes, lengths and
    words are all checked once more on this side.
    """

    cell: Cell
    limits: Limits
    tally: Tally

    def opening(self) -> Decoding:
        facts = self._facts(self._expect(Word.OPENED))
        match facts:
            case {
                "container": str(container),
                "codec": str(codec),
                "rate": int(rate),
                "channels": int(channels),
                "declared": None | int() | float() as declared,
            } if _NAME.fullmatch(container) and _NAME.fullmatch(codec):
                self.limits.admit_shape(rate, channels)
                if declared is not None and not math.isfinite(declared):
                    raise _nonsense()
                return Decoding(container, codec, rate, channels, declared, self.tally, self)
        raise _nonsense()

    def blocks(self, rate: int, channels: int) -> Iterator[Block]:
        samples = 0
        while True:
            word, size = self._next()
            if word is Word.ENDED:
                return self._count(self._facts(size))
            if word is not Word.AUDIO or size == 0 or size % (channels * 2):
                raise _nonsense()
            samples += size // (channels * 2)
            self.limits.admit_length(samples, rate=rate, channels=channels)
            block = np.empty((size // (channels * 2), channels), np.int16)
            self._fill(block.data.cast("B"))
            self.tally.seconds = samples / rate
            yield block

    def _count(self, facts: object) -> None:
        match facts:
            case {"sound": int(sound), "damaged": int(damaged)} if min(sound, damaged) >= 0:
                self.tally.sound, self.tally.damaged = sound, damaged
            case _:
                raise _nonsense()

    def _expect(self, word: Word) -> int:
        found, size = self._next()
        if found is not word:
            raise _nonsense()
        return size

    def _next(self) -> tuple[Word, int]:
        head = bytearray(HEAD.size)
        self._fill(memoryview(head))
        mark, size = HEAD.unpack(head)
        word = next((it for it in Word if it.value == mark), None)
        if word is None or size > LARGEST:
            raise _nonsense()
        if word is Word.REFUSED:
            raise Unreadable(_printable(self._text(size)))
        return word, size

    def _facts(self, size: int) -> object:
        try:
            facts: object = json.loads(self._text(size))
        except ValueError:
            raise _nonsense() from None
        return facts

    def _text(self, size: int) -> str:
        if size > _TEXT:
            raise _nonsense()
        text = bytearray(size)
        self._fill(memoryview(text))
        return text.decode(errors="replace")

    def _fill(self, room: memoryview) -> None:
        patience = self.limits.patience
        try:
            if self.cell.fill(room, patience=patience):
                return
            code = self.cell.exit_code(patience=patience)
        except TimeoutError:
            silence = f"the decoder said nothing for {patience} seconds"
            raise Unreadable(f"{_DAMAGED}: {silence}") from None
        raise Unreadable(f"{_DAMAGED}: the decoder {self._end(code)}")

    def _end(self, code: int) -> str:
        match -code:
            case signal.SIGXCPU:
                allowed = self.limits.processor_seconds(self.tally.seconds)
                return f"used more than its {allowed} seconds of processor time"
            case signal.SIGKILL:
                return "was killed, as it is when memory runs out"
            case number if number > 0:
                return f"crashed (signal {number})"
            case _:
                return "failed"


def _nonsense() -> Unreadable:
    return Unreadable(f"{_DAMAGED}: the decoder answered nonsense")


def _printable(text: str) -> str:
    return "".join(it for it in text if it.isprintable()) or _DAMAGED
