"""The words between a cell and the program that reads from it: messages on a pipe."""

import struct
from collections.abc import Mapping
from enum import Enum

HEAD = struct.Struct("=cI")
"""What every message starts with: its kind and the bytes that follow."""
LARGEST = 1024 * 1024
"""Bytes of one message at most."""
EXIT = struct.Struct("=i")
"""What the warden says of a cell that ended: its exit code, negative for a signal."""
SIZE = struct.Struct("=I")
"""What goes to the warden before a request: its length."""

Facts = Mapping[str, object]


class Word(Enum):
    """The kinds of message, in the order in which they may come."""

    OPENED = b"o"  # JSON: container, codec, rate, channels, declared
    AUDIO = b"a"  # interleaved 16-bit samples, whole ones
    ENDED = b"e"  # JSON: sound, damaged (packets)
    REFUSED = b"r"  # instead of any other: the reason, UTF-8
