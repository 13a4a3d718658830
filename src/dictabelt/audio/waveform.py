"""Peaks as players read them: version 2 of the BBC's audiowaveform formats, binary and JSON.

Source: `doc/DataFormat.md` of github.com/bbc/audiowaveform. In 8 bits a value is the 16-bit one
divided by 256 and cut towards zero, as that program's `WaveformBuffer` does it.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from io import BytesIO
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dictabelt.audio.limits import RATES
from dictabelt.audio.peaks import Extremes, Peaks

_VERSION = 2
_HEADER = struct.Struct("<iIiiIi")  # version, flags, rate, samples per pixel, length, channels
_EIGHT_BITS = 1
_TYPES: Mapping[int, str] = MappingProxyType({8: "i1", 16: "<i2"})
_MOST_CHANNELS = 255
_SLICE = 8 * 1024
"""Values written at once: other threads wait for less than a millisecond."""

_Values = NDArray[np.int16]


def write_dat(peaks: Peaks, bits: int = 16) -> bytes:
    """The binary form, in 8 or 16 bits a value. Raises ValueError on other `bits`."""
    flags = _EIGHT_BITS if bits == 8 else 0
    shape = (peaks.rate, peaks.samples_per_pixel, peaks.length, peaks.channels)
    out = BytesIO()
    out.write(_HEADER.pack(_VERSION, flags, *shape))
    for values in _slices(peaks.data, bits):
        out.write(values.astype(_TYPES[bits]).tobytes())
    return out.getvalue()


def write_json(peaks: Peaks, bits: int = 16) -> bytes:
    """The JSON form, in 8 or 16 bits a value. Raises ValueError on other `bits`.

    In slices: a day of stereo is eleven million numbers, and the interpreter turns to no
    other thread while it makes text of a list.
    """
    said = {
        "version": _VERSION,
        "channels": peaks.channels,
        "sample_rate": peaks.rate,
        "samples_per_pixel": peaks.samples_per_pixel,
        "bits": bits,
        "length": peaks.length,
        "data": [],
    }
    out = BytesIO()
    out.write(_compact(said).removesuffix(b"]}"))
    comma = b""
    for values in _slices(peaks.data, bits):
        out.write(comma + _compact(values.tolist())[1:-1])
        comma = b","
    out.write(b"]}")
    return out.getvalue()


def read_dat(data: bytes) -> Peaks:
    """The peaks of the binary form; 8-bit values become 16-bit ones times 256.

    Raises ValueError when any field or the size of `data` cannot be true.
    """
    if len(data) < _HEADER.size:
        raise ValueError("peaks: the header is torn")
    version, flags, rate, samples, length, channels = _HEADER.unpack_from(data)
    if version != _VERSION or flags not in (0, _EIGHT_BITS):
        raise ValueError(f"peaks: version {version} with flags {flags:#x}")
    if rate not in RATES or samples < 1 or channels not in range(1, _MOST_CHANNELS + 1):
        raise ValueError(f"peaks: {channels} channels at {rate} Hz, {samples} samples a pixel")
    bits = 8 if flags else 16
    if len(data) != _HEADER.size + length * channels * 2 * bits // 8:
        raise ValueError(f"peaks: {len(data)} bytes are not {length} pixels")
    values = np.frombuffer(data, _TYPES[bits], offset=_HEADER.size)
    return Peaks(rate, samples, _ordered(_in_16_bits(values).reshape(length, channels, 2)))


def _compact(it: object) -> bytes:
    return json.dumps(it, separators=(",", ":")).encode()


def _slices(data: Extremes, bits: int) -> Iterator[_Values]:
    """All values in their order, some thousands at a time, as they are in so many bits."""
    if bits not in _TYPES:
        raise ValueError(f"{bits} bits; 8 or 16 are known")
    flat = data.reshape(-1)
    for start in range(0, len(flat), _SLICE):
        values = flat[start : start + _SLICE]
        yield values if bits == 16 else _towards_zero(values)


def _towards_zero(values: _Values) -> _Values:
    """Divided by 256. A shift alone would round -1 down to -1."""
    negative = np.right_shift(values, 15)  # -1, else 0
    return np.right_shift(values + (negative & np.int16(255)), 8)


def _in_16_bits(values: Extremes) -> Extremes:
    wide = values.astype(np.int16, copy=False)
    return wide * np.int16(256) if values.itemsize == 1 else wide


def _ordered(data: Extremes) -> Extremes:
    if (data[..., 0] > data[..., 1]).any():
        raise ValueError("peaks: a lowest sample above the highest")
    data.flags.writeable = False
    return data
