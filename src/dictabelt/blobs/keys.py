"""What a blob key may look like; the core makes keys, this makes sure of it."""

import re
from typing import Final

INCOMING: Final = "incoming"

_SEGMENT = "[a-z0-9][a-z0-9._-]{0,99}"
_KEY = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,7}}", re.ASCII)


def is_key(text: str) -> bool:
    """Whether `text` is 1 to 8 segments of `a-z 0-9 . _ -` that begin with a letter or digit.

    So none is `.`, `..`, hidden or empty. The first is not `incoming`, where unfinished bytes wait.
    """
    return bool(_KEY.fullmatch(text)) and text.partition("/")[0] != INCOMING


def checked(key: str) -> str:
    """`key`, if it is one. Raises ValueError: a bad key is a fault of ours, not of the client."""
    if not is_key(key):
        raise ValueError(f"not a blob key: {key!r}")
    return key
