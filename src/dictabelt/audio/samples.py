"""Turns samples of any width into 16-bit ones, the way FFmpeg does, to the bit."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[Any]
Block = NDArray[np.int16]
"""Audio in this folder: shape (samples, channels), C-contiguous, 16-bit."""


def _from_u8(narrow: Samples) -> Block:
    return np.left_shift(narrow.astype(np.int16) - 128, 8)


def _from_s32(wide: Samples) -> Block:
    return np.right_shift(wide, 16).astype(np.int16)


def _from_float(wide: Samples) -> Block:
    within = np.clip(np.nan_to_num(wide, nan=0.0), -1.0, 1.0)
    scaled: Samples = np.clip(np.rint(within * 32768.0), -32768, 32767)
    return scaled.astype(np.int16)


def _unchanged(narrow: Samples) -> Block:
    return narrow


_BY_TYPE: Mapping[str, Callable[[Samples], Block]] = MappingProxyType(
    {
        "uint8": _from_u8,
        "int16": _unchanged,
        "int32": _from_s32,
        "float32": _from_float,
        "float64": _from_float,
    }
)


def to_s16(samples: Samples) -> Block:
    """16-bit samples of the same shape; full scale stays full scale, NaN becomes silence."""
    return np.ascontiguousarray(_BY_TYPE[samples.dtype.name](samples))


def silence(samples: int, channels: int) -> Block:
    """Nothing to hear."""
    return np.zeros((samples, channels), np.int16)
