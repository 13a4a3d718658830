"""LAME's C interface (lame.h): constant bit rate without bit reservoir, so frames stand alone."""

import ctypes
import ctypes.util
import importlib.util
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ctypes import c_char_p, c_int, c_void_p
from dataclasses import dataclass

import numpy as np

from dictabelt.audio.samples import Block

QUALITY = 7
_STEREO, _MONO = 0, 3  # lame.h MPEG_mode; plain stereo keeps the channels apart

_SETTER = (c_int, (c_void_p, c_int))
_GETTER = (c_int, (c_void_p,))
_ENCODER = (c_int, (c_void_p, c_void_p, c_int, c_void_p, c_int))
_SIGNATURES = {
    "get_lame_short_version": (c_char_p, ()),
    "lame_init": (c_void_p, ()),
    "lame_init_params": (c_int, (c_void_p,)),
    "lame_close": (c_int, (c_void_p,)),
    "lame_set_in_samplerate": _SETTER,
    "lame_set_out_samplerate": _SETTER,
    "lame_set_num_channels": _SETTER,
    "lame_set_mode": _SETTER,
    "lame_set_brate": _SETTER,
    "lame_set_quality": _SETTER,
    "lame_set_disable_reservoir": _SETTER,
    "lame_set_bWriteVbrTag": _SETTER,
    "lame_set_write_id3tag_automatic": (None, (c_void_p, c_int)),
    "lame_get_out_samplerate": _GETTER,
    "lame_get_brate": _GETTER,
    "lame_encode_buffer": (c_int, (c_void_p, c_void_p, c_void_p, c_int, c_void_p, c_int)),
    "lame_encode_buffer_interleaved": _ENCODER,
}


class LameMissing(Exception):
    """No usable LAME library; the words say how to get one."""


class LameRefused(Exception):
    """LAME answered with an error code: a fault of ours, as its input is always sound."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One MP3 in the making, between `Lame.stream` and the end of its context."""

    library: ctypes.CDLL
    handle: c_void_p
    channels: int

    def feed(self, block: Block) -> bytes:
        """The MP3 bytes that are ready after `block`, shape (samples, channels), was added."""
        count = len(block)
        pcm = c_void_p(block.ctypes.data)
        ready = np.empty(count * 5 // 4 + 7200, np.uint8)  # lame.h: the worst case
        target = c_void_p(ready.ctypes.data)
        size = self._encode(pcm, count, target, ready.size)
        _check("lame_encode_buffer", size)
        return ready[:size].tobytes()

    def _encode(self, pcm: c_void_p, count: int, target: c_void_p, room: int) -> int:
        encode = self.library
        if self.channels == 1:
            return int(encode.lame_encode_buffer(self.handle, pcm, pcm, count, target, room))
        return int(encode.lame_encode_buffer_interleaved(self.handle, pcm, count, target, room))


@dataclass(frozen=True, slots=True)
class Lame:
    """A loaded LAME; its calls let other threads run."""

    library: ctypes.CDLL
    version: str

    @contextmanager
    def stream(self, *, rate: int, channels: int, kbps: int) -> Iterator[Stream]:
        """An encoder from `rate` to the same rate, freed at the end of the context."""
        handle = c_void_p(self.library.lame_init())
        if not handle:
            raise MemoryError("no memory for an MP3 encoder")
        try:
            self._set(handle, in_samplerate=rate, out_samplerate=rate, num_channels=channels)
            self._set(handle, mode=_MONO if channels == 1 else _STEREO, brate=kbps)
            self._set(handle, quality=QUALITY, disable_reservoir=1, bWriteVbrTag=0)
            self.library.lame_set_write_id3tag_automatic(handle, 0)
            _check("lame_init_params", self.library.lame_init_params(handle))
            self._verify(handle, rate, kbps)
            yield Stream(self.library, handle, channels)
        finally:
            self.library.lame_close(handle)

    def _verify(self, handle: c_void_p, rate: int, kbps: int) -> None:
        """LAME takes the nearest legal value without a word; sizes are computed from ours."""
        taken = (self.library.lame_get_out_samplerate(handle), self.library.lame_get_brate(handle))
        if taken != (rate, kbps):
            raise LameRefused(f"{kbps} kb/s at {rate} Hz is not MP3")

    def _set(self, handle: c_void_p, **settings: int) -> None:
        for name, value in settings.items():
            _check(name, getattr(self.library, f"lame_set_{name}")(handle, value))


def load(places: Iterable[str] | None = None) -> Lame:
    """The first LAME among `places`, by default the lameenc wheel's and then the system's.

    Raises LameMissing.
    """
    for place in _places() if places is None else places:
        try:
            library = _declared(ctypes.CDLL(place))
        except (OSError, AttributeError):  # not there, or no LAME, or one without its C interface
            continue
        return Lame(library, library.get_lame_short_version().decode())
    raise LameMissing(
        "MP3 needs LAME: install the Python package lameenc, or the system library "
        "libmp3lame (Debian: libmp3lame0, Homebrew: lame)"
    )


def _places() -> Iterator[str]:
    wheel = importlib.util.find_spec("lameenc")
    if wheel is not None and wheel.origin is not None:
        yield wheel.origin
    yield from ("libmp3lame.so.0", "libmp3lame.dylib")
    found = ctypes.util.find_library("mp3lame")
    if found is not None:
        yield found


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def _check(what: str, code: int) -> None:
    if code < 0:
        raise LameRefused(f"{what} answered {code}")
