"""The 256 values of mu-law and of A-law as 16-bit PCM (ITU-T G.711, tables 1 and 2)."""

import numpy as np
from numpy.typing import NDArray


def mulaw_table() -> NDArray[np.int16]:
    """PCM of each mu-law code; 14-bit values in the upper bits of 16."""
    code = ~np.arange(256, dtype=np.uint8)
    segment, step = (code >> 4) & 7, (code & 15).astype(np.int32)
    magnitude = (((step << 3) + 0x84) << segment) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def alaw_table() -> NDArray[np.int16]:
    """PCM of each A-law code; 13-bit values in the upper bits of 16."""
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    segment, step = (code >> 4) & 7, (code & 15).astype(np.int32)
    lowest = (step << 4) + 8
    magnitude = np.where(segment == 0, lowest, (lowest + 0x100) << np.maximum(segment, 1) - 1)
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)
